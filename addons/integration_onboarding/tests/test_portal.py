import re
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.integration_core.tests.common import IntegrationCase


@tagged("post_install", "-at_install")
class TestPortal(IntegrationCase, HttpCase):
    """A partner sees and rotates its own, and nothing of others."""

    def setUp(self):
        super().setUp()
        self.grant("connection.tested")
        company = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        self.user = new_test_user(self.env, "acme-portal", "base.group_portal")
        self.user.partner_id.parent_id = company
        self.system.partner_id = company
        self.other = self.env["integration.system"].create(
            {"name": "Of others", "code": "of-others", "state": "active"}
        )
        self.authenticate("acme-portal", "acme-portal")

    def rotate(self, code="test-system", kind="bearer"):
        page = self.url_open(f"/my/integration/{self.system.code}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return self.url_open(
            f"/my/integration/{code}/rotate", data={"csrf_token": token, "kind": kind}
        )

    def test_contracts_samples_and_messages_are_shown(self):
        message = self.receive("connection.tested", {"text": "not for the page"})
        page = self.url_open("/my/integration").text
        self.assertIn("Test system", page)
        self.assertIn("connection.tested", page)
        self.assertIn(message.uuid, page)
        self.assertNotIn("not for the page", page)

    def test_only_contracts_in_force_are_shown(self):
        draft = self.system.scope_ids.copy({"version": "9.9", "state": "draft"})
        self.system.scope_ids = [Command.link(draft.id)]
        address = f"/my/integration/{self.system.code}"
        page = self.url_open(address).text
        self.assertNotIn("9.9", page)
        self.assertIn("curl", page)
        (self.system.scope_ids - draft).state = "retired"
        self.assertNotIn("curl", self.url_open(address).text)
        # A scope is a contract in all its versions, as for machines.
        draft.copy({"version": "9.8", "state": "active"})
        self.system.scope_ids = [Command.unlink(draft.id)]
        self.assertIn("connection.tested:9.8", self.url_open(address).text)

    def test_errors_are_shown(self):
        message = self.receive("connection.tested", {"text": "x"})
        message.delivery_ids.write({"state": "dead", "last_error": "No such item"})
        page = self.url_open(f"/my/integration/{self.system.code}").text
        self.assertIn("Dead letter", page)

    def test_others_stay_hidden(self):
        answer = self.url_open("/my/integration/of-others")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.rotate("of-others").status_code, 404)
        self.assertFalse(self.other.credential_ids)

    def test_a_colleague_goes_by_the_own_rights(self):
        for login, groups, status in (
            ("acme-colleague", "base.group_user", 404),
            ("acme-approver", "integration_core.integration_core_group_approver", 404),
            ("acme-auditor", "integration_core.integration_core_group_auditor", 200),
            ("acme-manager", "integration_core.integration_core_group_manager", 200),
        ):
            user = new_test_user(self.env, login, groups)
            user.partner_id.parent_id = self.system.partner_id
            self.authenticate(login, login)
            with self.subTest(login=login):
                answer = self.url_open("/my/integration/test-system")
                self.assertEqual(answer.status_code, status)

    def test_a_new_secret_works_and_is_shown_once(self):
        old = self.system.issue_credential("bearer")["secret"]
        page = self.rotate().text
        secret = re.search(r'id="integration_secret"[^>]*>([^<]+)<', page)[1]
        self.assertIn("odi_", secret)
        again = self.url_open(f"/my/integration/{self.system.code}").text
        self.assertNotIn(secret, again)
        for token in (old, secret):
            answer = self.opener.get(
                f"{self.base_url()}/integration/v1/test-system/openapi.json",
                headers={"Authorization": f"Bearer {token}"},
            )
            self.assertEqual(answer.status_code, 200)

    def test_a_partner_is_told_nothing_of_our_configuration(self):
        Credential = type(self.env["integration.credential"])
        with patch.object(Credential, "_get_encryption_keys", lambda _self: []):
            page = self.rotate(kind="hmac").text
        self.assertIn("Ask your contact", page)
        self.assertNotIn("odoo.conf", page)

    def test_end_of_a_secret_is_announced_until_there_is_another(self):
        issued = self.system.issue_credential("bearer")
        credential = self.env["integration.credential"].browse(issued["credential_id"])
        address = f"/my/integration/{self.system.code}"
        self.assertNotIn("ends on", self.url_open(address).text)
        credential.valid_until = fields.Datetime.now() + timedelta(days=10)
        self.assertIn("ends on", self.url_open(address).text)
        self.rotate()
        self.assertNotIn("ends on", self.url_open(address).text)

    def test_nobody_rotates_without_signing_in(self):
        self.authenticate(None, None)
        answer = self.url_open("/my/integration/test-system", allow_redirects=False)
        self.assertIn(answer.status_code, (303, 302))
