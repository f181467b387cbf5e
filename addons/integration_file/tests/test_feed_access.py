from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from .common import FeedCase

SECRET = "x" * 40


class TestFeedAccess(FeedCase):
    """A source proves itself with a secret of its own system, and with no other."""

    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "test-feeds", "integration_core.integration_core_group_manager"
        )
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.foreign = self.env["integration.system"].create(
            {"name": "Foreign", "code": "foreign", "company_id": company.id}
        )
        self.source = self.create_source()

    def create_secret(self, system, usage):
        return self.env["integration.credential"].create(
            {"system_id": system.id, "kind": "bearer", "usage": usage, "secret": SECRET}
        )

    def test_the_secret_of_another_system_is_sent_nowhere(self):
        near = self.env["integration.system"].create({"name": "Near", "code": "near"})
        for system, usage in (
            (self.foreign, "out"),
            (near, "out"),
            (self.system, "in"),
        ):
            secret = self.create_secret(system, usage)
            with self.subTest(system=system.code), self.assertRaises(ValidationError):
                self.source.with_user(self.manager).credential_id = secret.id
        fits = self.create_secret(self.system, "out")
        self.source.with_user(self.manager).credential_id = fits.id
        with self.assertRaises(ValidationError):
            self.source.system_id = near

    def test_a_source_stays_in_its_company(self):
        with self.assertRaises(AccessError):
            self.source.with_user(self.manager).system_id = self.foreign.id
