from unittest.mock import patch

import psycopg2

from odoo import api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

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

    def test_a_turn_ends_with_a_transaction_that_failed(self):
        """Somebody changes a source while it runs: PostgreSQL refuses our note."""

        def fail(feed):
            feed.env.cr.execute("SELECT 1 / 0")

        with (
            patch.object(type(self.source), "_run_and_note", fail),
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.Error),
        ):
            self.run_feed(self.source)
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            " AND pid = pg_backend_pid() AND objid = %s AND objsubid = 2",
            [self.source.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_what_came_of_asking_by_hand_is_kept_although_it_is_an_error(self):
        self.source.path = "/nowhere"
        self.env.flush_all()
        logged = self.assertLogs("odoo.addons.integration_file", "WARNING")
        with self.enter_registry_test_mode(), self.registry.cursor() as cr, logged:
            feed = self.source.with_env(api.Environment(cr, self.uid, {}))
            with self.assertRaisesRegex(UserError, "integration_file_roots"):
                feed.action_run()
            cr.rollback()  # as for every request that ends with an error
        self.env.invalidate_all()
        self.assertEqual(self.source.failure_count, 1)
        self.assertIn("integration_file_roots", self.source.last_error)

    def test_a_source_that_cannot_even_note_its_failure_stops_no_other(self):
        (self.source | self.source.copy()).next_at = "2020-01-01 00:00:00"
        asked = []

        def fail(feed):
            asked.append(feed.id)
            raise psycopg2.OperationalError("could not serialize access")

        with (
            patch.object(type(self.source), "_run_and_note", fail),
            patch.object(type(self.env["ir.cron"]), "_commit_progress"),
            patch.object(type(self.env.cr), "rollback"),
            self.assertLogs("odoo.addons.integration_file", "ERROR"),
        ):
            self.env["integration.file.source"]._cron_run()
        self.assertGreaterEqual(len(asked), 2)

    def test_a_source_stays_in_its_company(self):
        with self.assertRaises(AccessError):
            self.source.with_user(self.manager).system_id = self.foreign.id
