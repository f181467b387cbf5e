from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.tools import config

from ..models import integration_retention
from ..models.integration_seal import SETTING
from .common import IntegrationCase

CODE = "connection.tested"
KEY = "seal-key-" * 4
LEDGERS = ("integration.message", "integration.attempt", "integration.correction")


class TestRetention(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(CODE)
        cls.policy = cls.env["integration.policy"].create(
            {
                "system_id": cls.system.id,
                "contract_code": CODE,
                "direction": "in",
                "retention_days": 30,
            }
        )
        cls.enterClassContext(patch.dict(config.options, {SETTING: KEY}))

    def run_cron(self, model, method):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            getattr(api.Environment(cr, self.uid, {})[model], method)()
        self.env.invalidate_all()

    def purge(self, days=31):
        """Seal what there is, then let the job run so many days later."""
        self.env.flush_all()
        self.run_cron("integration.seal", "_cron_seal")
        later = fields.Datetime.now() + timedelta(days=days)
        with freeze_time(later):
            self.run_cron("integration.retention", "_cron_purge")

    def find_faults(self):
        Seal = self.env["integration.seal"]
        return [fault for ledger in LEDGERS for fault in Seal._find_faults(ledger)]

    def find_stones(self, uuid):
        return self.env["integration.tombstone"].search([("name", "=", uuid)])

    def test_what_was_kept_long_enough_leaves_and_the_seals_still_fit(self):
        gone = self.receive(CODE, {"text": "x"})
        uuid, delivery = gone.uuid, gone.delivery_ids
        self.assertEqual(delivery.state, "done")
        self.purge(days=29)
        self.assertTrue(gone.exists())
        self.purge()
        self.assertFalse(gone.exists() or delivery.exists())
        self.assertEqual(self.find_stones(uuid).row_id, gone.id)
        self.assertEqual(self.find_faults(), [])

    def test_the_key_of_what_left_is_free_again(self):
        first = self.receive(CODE, {"text": "x"}, event_id="same")
        self.purge()
        second = self.receive(CODE, {"text": "y"}, event_id="same")
        self.assertTrue(second)
        self.assertNotEqual(second, first)

    def test_what_waits_for_somebody_stays(self):
        waiting = self.receive(CODE, {"text": "x"}, process_now=False)
        dead = self.receive(CODE, {"text": "x"})
        dead.delivery_ids.write({"state": "dead"})
        self.purge()
        self.assertTrue(waiting.exists() and dead.exists())

    def test_no_policy_keeps_for_good(self):
        other = self.env["integration.system"].create(
            {"name": "Other", "code": "other-system", "state": "active"}
        )
        self.grant(CODE, system=other)
        kept = self.receive(CODE, {"text": "x"}, system=other)
        self.purge(days=5000)
        self.assertTrue(kept.exists())

    def test_a_legal_hold_keeps_what_it_covers_until_it_is_lifted(self):
        held = self.receive(CODE, {"text": "x"}, order_key="LOT-1")
        free = self.receive(CODE, {"text": "x"}, order_key="LOT-2")
        hold = self.env["integration.legal.hold"].create(
            {"name": "Recall", "reason": "Asked by counsel", "order_key": "LOT-1"}
        )
        self.purge()
        self.assertTrue(held.exists())
        self.assertFalse(free.exists())
        hold.action_lift()
        self.purge()
        self.assertFalse(held.exists())

    def test_the_longest_of_the_receivers_policies_counts(self):
        judge = self.env["integration.retention"]._judge
        message = self.receive(CODE, {"text": "x"})
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        (row,) = integration_retention.queries.read_window(
            self.env.cr, message.id - 1, message.id, tomorrow, 5
        )
        self.assertEqual(judge(row).retention_days, [30])
        row = row._replace(direction="out", receivers=[self.system.id, 0])
        self.assertEqual(judge(row).retention_days, [30, 0])

    def test_rows_leave_in_windows_and_all_of_them(self):
        messages = [self.receive(CODE, {"text": str(n)}) for n in range(5)]
        with patch.object(integration_retention, "WINDOW", 2):
            self.purge()
        self.assertFalse([m for m in messages if m.exists()])
        self.assertEqual(self.find_faults(), [])

    def test_what_somebody_corrected_leaves_with_its_correction(self):
        message = self.receive(CODE, {"text": "x"})
        delivery = message.delivery_ids
        correction = self.env["integration.correction"].create(
            {
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "user_id": self.env.uid,
                "corrected_at": fields.Datetime.now(),
                "reason": "Told on the phone",
            }
        )
        self.purge()
        self.assertFalse(message.exists() or correction.exists())
        self.assertEqual(self.find_faults(), [])

    def test_one_that_cannot_leave_keeps_no_other(self):
        stuck, *others = [self.receive(CODE, {"text": str(n)}) for n in range(5)]
        Retention = self.env.registry["integration.retention"]
        purge = Retention._purge

        def refuse(retention, messages):
            if stuck.id in messages.ids:
                raise ValueError("Held by something else")
            purge(retention, messages)

        logger = "odoo.addons.integration_core.models.integration_retention"
        with patch.object(Retention, "_purge", refuse), self.assertLogs(logger):
            self.purge()
        self.assertTrue(stuck.exists())
        self.assertFalse([message for message in others if message.exists()])

    def test_a_tombstone_that_no_rule_signed_is_found(self):
        message = self.receive(CODE, {"text": "x"})
        self.env.flush_all()
        self.run_cron("integration.seal", "_cron_seal")
        with patch.dict(config.options, {SETTING: "another-key-" * 4}):
            Tombstone = self.env["integration.tombstone"]
            attempts = message.delivery_ids.attempt_ids
            Tombstone._bury(attempts)
            message.delivery_ids.unlink()
            Tombstone._bury(message)
        faults = "\n".join(self.find_faults())
        self.assertIn("past the retention rules", faults)
        self.assertIn(str(message.id), faults)

    def test_what_left_before_there_was_a_key_is_no_fault_of_the_first_seal(self):
        message = self.receive(CODE, {"text": "x"})
        self.receive(CODE, {"text": "y"}, process_now=False)
        with patch.dict(config.options, {SETTING: ""}):
            self.purge()
        self.assertFalse(message.exists())
        with freeze_time(fields.Datetime.now() + timedelta(days=32)):
            self.run_cron("integration.seal", "_cron_seal")
        self.assertEqual(self.find_faults(), [])

    def test_nobody_makes_tombstones_by_hand(self):
        self.receive(CODE, {"text": "x"})
        self.purge()
        stones = self.env["integration.tombstone"].search([])
        with self.assertRaises(UserError):
            stones[:1].write({"digest": "0" * 64})
        with self.assertRaises(UserError):
            stones[:1].unlink()
