from datetime import datetime
from unittest.mock import patch

from odoo import api
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import config

from ..models import integration_seal
from ..models.integration_seal import SETTING
from ..models.integration_seal_queries import count_unsealed
from .common import IntegrationCase

KEY = "seal-key-" * 4
LEDGER = "integration.message"


class TestSeal(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.Seal = cls.env["integration.seal"]
        cls.enterClassContext(patch.dict(config.options, {SETTING: KEY}))

    def setUp(self):
        super().setUp()
        self.seal()  # what was there before

    def send(self, count=1):
        payload = {"text": "hello"}
        messages = [self.receive("connection.tested", payload) for _n in range(count)]
        self.env.flush_all()
        return messages

    def seal(self):
        """Run the scheduled action, whose commits stay inside the test."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = api.Environment(cr, self.uid, {})
            env["integration.seal"]._cron_seal()
        self.env.invalidate_all()
        return self.Seal.search([("ledger", "=", LEDGER)], order="number")

    def find_faults(self):
        return self.Seal._find_faults(LEDGER)

    def tamper(self, statement, *parameters):
        """Change the database as somebody could who owns it."""
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        self.env.cr.execute(statement, parameters)
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()

    def test_every_row_is_covered_once_and_nothing_is_sealed_twice(self):
        messages = self.send(3)
        seals = self.seal()
        total = self.env["integration.message"].search_count([])
        self.assertEqual(sum(seals.mapped("row_count")), total)
        self.assertEqual(seals[-1].last_id, messages[-1].id)
        self.assertEqual(self.seal(), seals)
        self.assertEqual(self.find_faults(), [])

    def test_seals_follow_each_other(self):
        self.send()
        self.seal()
        self.send(2)
        seals = self.seal()
        self.assertEqual(seals[-1].row_count, 2)
        self.assertEqual(seals[-1].first_id, seals[-2].last_id + 1)
        self.assertEqual(seals.mapped("number"), list(range(1, len(seals) + 1)))
        self.assertEqual(self.find_faults(), [])

    def test_long_ledgers_are_sealed_in_runs(self):
        self.seal()
        self.send(5)
        with patch.object(integration_seal, "RUN_ROWS", 2):
            seals = self.seal()
        self.assertEqual(seals[-3:].mapped("row_count"), [2, 2, 1])

    def test_a_changed_row_is_found(self):
        message = self.send(3)[1]
        self.seal()
        self.tamper(
            "UPDATE integration_message SET payload = %s WHERE id = %s",
            '{"text": "bye"}',
            message.id,
        )
        (fault,) = self.find_faults()
        self.assertIn("3 rows then, 3 now", fault)

    def test_a_removed_row_is_found(self):
        message = self.send(3)[1]
        self.seal()
        self.tamper("DELETE FROM integration_message WHERE id = %s", message.id)
        (fault,) = self.find_faults()
        self.assertIn("3 rows then, 2 now", fault)

    def test_a_seal_made_to_fit_without_the_key_is_found(self):
        message = self.send(3)[1]
        seals = self.seal()
        self.tamper("DELETE FROM integration_message WHERE id = %s", message.id)
        last = seals[-1]
        vals = self.Seal._prepare_seal_vals(
            self.env[LEDGER], seals[-2:-1], last.last_id, b"guess" * 8
        )
        self.tamper(
            "UPDATE integration_seal SET row_count = %s, digest = %s, mac = %s"
            " WHERE id = %s",
            vals["row_count"],
            vals["digest"],
            vals["mac"],
            last.id,
        )
        (fault,) = self.find_faults()
        self.assertIn("is not the one that was made", fault)

    def test_work_that_was_removed_names_its_message(self):
        kept, lost = self.send(2)
        self.seal()
        self.tamper(
            "DELETE FROM integration_delivery WHERE message_id = %s", lost.id
        )
        (fault,) = self.find_faults()
        self.assertIn(lost.uuid, fault)
        self.assertNotIn(kept.uuid, fault)

    def test_a_removed_seal_is_found(self):
        self.send()
        self.seal()
        self.send()
        seals = self.seal()
        self.tamper("DELETE FROM integration_seal WHERE id = %s", seals[-2].id)
        self.assertIn("seals are missing", " ".join(self.find_faults()))

    def test_a_key_that_is_gone_is_named(self):
        self.send()
        seals = self.seal()
        with patch.dict(config.options, {SETTING: "another-" * 4}):
            faults = self.find_faults()
        self.assertEqual(len(faults), len(seals))
        self.assertIn(seals[-1].key_name, faults[-1])

    def test_a_new_key_seals_and_the_old_one_still_verifies(self):
        self.send()
        old = self.seal()[-1]
        with patch.dict(config.options, {SETTING: "newer-key" * 4 + "," + KEY}):
            self.send()
            new = self.seal()[-1]
            self.assertNotEqual(new.key_name, old.key_name)
            self.assertEqual(self.find_faults(), [])

    def test_without_a_key_nothing_is_sealed(self):
        before = self.seal()
        self.send()
        with patch.dict(config.options, {SETTING: ""}):
            self.assertEqual(self.seal(), before)

    def verify(self):
        verifications = self.env["integration.seal.verification"]._verify()
        return verifications.filtered(lambda v: v.ledger == LEDGER)

    def test_rows_that_should_have_been_sealed_long_ago_are_a_fault(self):
        self.seal()
        self.assertEqual(self.verify().state, "intact")
        messages = self.send(2)
        self.assertEqual(self.verify().state, "intact", "they may still wait")
        self.tamper(
            "UPDATE integration_message SET received_at = '2026-01-31 12:00:00'"
            " WHERE id = %s",
            messages[0].id,
        )
        for key in (KEY, ""):
            with patch.dict(config.options, {SETTING: key}):
                verification = self.verify()
            self.assertEqual(verification.state, "broken")
            self.assertIn(
                "1 rows since 2026-01-31 12:00:00 (UTC) are not sealed",
                verification.faults,
            )

    def test_every_ledger_tells_since_when_its_rows_wait(self):
        for ledger in self.Seal._get_ledgers():
            with self.subTest(ledger):
                count_unsealed(self.env.cr, self.env[ledger], 0, datetime(2000, 1, 1))
                written_at = self.env[ledger]._get_written_at_sql()
                self.assertNotIn("NULL", written_at.code)

    def test_seals_are_a_ledger_themselves(self):
        self.send()
        last = self.seal()[-1]
        with self.assertRaises(UserError):
            last.row_count = 0

    def test_attempts_are_sealed_too(self):
        self.send()
        self.seal()
        attempts = self.env["integration.attempt"].search_count([])
        seals = self.Seal.search([("ledger", "=", "integration.attempt")])
        self.assertEqual(sum(seals.mapped("row_count")), attempts)

    def test_auditors_verify_and_operators_do_not(self):
        self.send()
        self.seal()
        group = "integration_core.integration_core_group_%s"
        auditor = new_test_user(self.env, "seal-auditor", group % "auditor")
        operator = new_test_user(self.env, "seal-operator", group % "operator")
        Verification = self.env["integration.seal.verification"]
        action = Verification.with_user(auditor).action_verify()
        found = Verification.with_user(auditor).search(action["domain"])
        by_ledger = {entry.ledger: entry for entry in found}
        self.assertEqual(by_ledger[LEDGER].state, "intact")
        self.assertEqual(by_ledger[LEDGER].last_mac, self.seal()[-1].mac)
        with self.assertRaises(AccessError):
            Verification.with_user(operator).action_verify()

    def test_what_is_broken_is_told_to_the_auditors(self):
        message = self.send()[0]
        self.seal()
        group = "integration_core.integration_core_group_auditor"
        auditor = new_test_user(self.env, "seal-auditor", group)
        self.tamper("DELETE FROM integration_message WHERE id = %s", message.id)
        self.env["integration.seal.verification"]._cron_verify()
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertIn(auditor.partner_id, mail.recipient_ids)
        self.assertIn("1 rows then, 0 now", mail.body_html)
