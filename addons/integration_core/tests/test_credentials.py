from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import SQL, config

from ..lib import signatures
from ..models.integration_credential import SETTING
from .common import IntegrationCase


class TestCredentials(IntegrationCase):
    def stored(self, credential):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT * FROM integration_credential WHERE id = %s", credential.id)
        )
        return str(self.env.cr.dictfetchall())

    def issue(self, *arguments, **options):
        issued = self.system.issue_credential(*arguments, **options)
        return self.env["integration.credential"].browse(
            issued["credential_id"]
        ), issued

    def test_signing_secret_is_encrypted_at_rest(self):
        credential, issued = self.issue("hmac")
        raw = issued["secret"].removeprefix("whsec_")
        self.assertNotIn(raw, self.stored(credential))
        self.assertEqual(
            credential._decrypt_secret(), signatures.decode_secret(issued["secret"])
        )

    def test_bearer_token_is_stored_as_a_hash_only(self):
        credential, issued = self.issue("bearer")
        self.assertNotIn(issued["secret"], self.stored(credential))
        self.assertFalse(credential.sudo().secret_encrypted)

    def test_secrets_cannot_be_read_back(self):
        credential, _issued = self.issue("hmac")
        manager = new_test_user(
            self.env, "manager", "integration_core.integration_core_group_manager"
        )
        credential = credential.with_user(manager)
        self.assertFalse(credential.read(["secret"])[0]["secret"])
        for name in ("secret_encrypted", "token_hash"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                credential.read([name])
            with self.assertRaises(AccessError):
                credential.search([(name, "!=", False)])
        self.assertNotIn("token_hash", credential.read()[0])

    def test_rotation_overlaps_and_then_the_old_one_ends(self):
        old, _issued = self.issue("hmac")
        new, _issued = self.issue("hmac", overlap_days=3)
        self.assertFalse(new.valid_until)
        self.assertTrue(old.valid_until)
        self.assertEqual((old.state, new.state), ("valid", "valid"))
        self.assertEqual(
            len(self.system._get_access_card(self.system.code).signing_keys), 2
        )

    def test_without_an_encryption_key_the_way_out_is_named(self):
        with (
            patch.dict(config.options, {SETTING: ""}),
            self.assertRaisesRegex(UserError, "integration_encryption_key = "),
        ):
            self.issue("hmac")

    def test_partner_supplied_secrets_are_checked(self):
        Credential = self.env["integration.credential"]
        for kind, secret in (("hmac", "whsec_short"), ("bearer", "short")):
            with self.subTest(kind=kind), self.assertRaises(ValidationError):
                Credential.create(
                    {
                        "system_id": self.system.id,
                        "kind": kind,
                        "secret": secret,
                    }
                )

    def test_a_token_to_send_with_fits_into_a_header(self):
        Credential = self.env["integration.credential"]
        vals = {"system_id": self.system.id, "kind": "bearer", "usage": "out"}
        for secret in ("abc\r\nX-Admin: 1", "abc\n", "two words", "schlüssel", "a\x00b"):
            with self.subTest(secret=secret), self.assertRaises(ValidationError) as caught:
                Credential.create({**vals, "secret": secret})
            self.assertNotIn(secret, str(caught.exception))
        self.assertTrue(Credential.create({**vals, "secret": "abc.DEF-123_~+/=="}))

    def test_wizard_shows_the_secret_and_stores_nothing(self):
        wizard = self.env["integration.credential.wizard"].create(
            {
                "system_id": self.system.id,
                "kind": "bearer",
            }
        )
        action = wizard.action_create()
        secret = action["context"]["default_secret"]
        self.assertIn(secret, action["context"]["default_example"])
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM integration_credential_wizard")
        self.assertNotIn(secret, str(self.env.cr.dictfetchall()))
        self.assertFalse(self.env["integration.credential.reveal"].search([]))

    def test_key_state_is_shown_in_the_settings(self):
        settings = self.env["res.config.settings"]
        self.assertEqual(settings._judge_encryption_keys([]), "missing")
        self.assertEqual(settings._judge_encryption_keys(["x"]), "malformed")
        self.assertEqual(settings.create({}).integration_key_state, "ready")

    def test_settings_say_whether_machines_are_answered_while_odoo_starts(self):
        for modules, told in ((["base", "integration_core"], True), (["base"], False)):
            with patch.dict(config.options, {"server_wide_modules": modules}):
                settings = self.env["res.config.settings"].create({})
                self.assertEqual(settings.integration_is_server_wide, told)

    def test_end_of_a_secret_is_told_once_to_who_answers_for_the_system(self):
        person = new_test_user(
            self.env, "answers", "integration_core.integration_core_group_manager"
        )
        self.system.responsible_id = person
        Credentials = self.env["integration.credential"]
        soon, _issued = self.issue("bearer")
        later, _issued = self.issue("hmac")
        now = fields.Datetime.now()
        soon.valid_until = now + timedelta(days=13)
        later.valid_until = now + timedelta(days=15)
        for _day in range(2):
            Credentials._cron_warn()
        activity = self.system.activity_ids.filtered(lambda a: a.user_id == person)
        self.assertEqual(len(activity), 1)
        self.assertIn(soon.hint, activity.summary)
        tiles = self.env["integration.dashboard"]._get_operations_tiles()
        tile = next(tile for tile in tiles if tile["key"] == "credentials")
        self.assertIn(soon.id, tile["action"]["domain"][0][2])
        self.issue("bearer")
        self.assertNotIn(soon, Credentials._find_ending())

    def test_without_a_responsible_every_manager_of_the_company_hears(self):
        group = "integration_core.integration_core_group_manager"
        one, other = (new_test_user(self.env, f"hears-{n}", group) for n in range(2))
        credential, _issued = self.issue("bearer")
        credential.valid_until = fields.Datetime.now() + timedelta(days=3)
        credential._warn()
        self.assertLessEqual(one | other, self.system.activity_ids.user_id)
