from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import DispositionCase


class TestLedger(DispositionCase):
    def test_each_change_is_on_record_with_reason_and_path(self):
        self.hold(self.lot_a)
        self.lot_a._set_disposition("released", "Retested", path="inspection")
        entries = self.lot_a.disposition_entry_ids.sorted("id")
        self.assertEqual(
            entries.mapped(lambda e: (e.from_status, e.to_status, e.path)),
            [
                ("released", "quarantined", "ui"),
                ("quarantined", "released", "inspection"),
            ],
        )
        self.assertEqual(entries[0].reason, "Hardness too low")
        self.assertEqual(entries.user_id, self.env.user)
        self.assertIn("Hardness too low", str(self.lot_a.message_ids.mapped("body")))

    def test_same_status_again_changes_nothing(self):
        self.hold(self.lot_a)
        self.assertFalse(self.hold(self.lot_a))
        self.assertEqual(len(self.lot_a.disposition_entry_ids), 1)

    def test_reason_is_required(self):
        with self.assertRaises(UserError):
            self.hold(self.lot_a, reason="  ")

    def test_ledger_is_append_only(self):
        entry = self.hold(self.lot_a)
        with self.assertRaises(UserError):
            entry.reason = "other"
        for statement in (
            "UPDATE lot_disposition_entry SET reason = 'x'",
            "DELETE FROM lot_disposition_entry",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_disposition_is_not_written_past_the_ledger(self):
        manager = new_test_user(
            self.env, "quality-manager", "lot_disposition.lot_disposition_group_manager"
        )
        with self.assertRaises(AccessError):
            self.lot_a.with_user(manager).disposition = "rejected"
        with self.assertRaises(AccessError):
            self.env["stock.lot"].with_user(manager).create(
                {
                    "name": "N",
                    "product_id": self.product.id,
                    "disposition": "released",
                }
            )

    def test_who_may_decide(self):
        with self.assertRaises(AccessError):
            self.lot_a.with_user(self.stock_user).set_disposition("quarantined", "why")
        lot = self.lot_a.with_user(self.inspector)
        lot.set_disposition("quarantined", "Looks odd")
        with self.assertRaises(AccessError):
            lot.set_disposition("released", "Looks good")
        self.hold(self.lot_b, "pending")
        self.lot_b.with_user(self.inspector).set_disposition("released", "Inspected")
        self.assertEqual(self.lot_b.disposition, "released")

    def test_wizard_asks_for_the_reason(self):
        action = self.lot_a.action_quarantine()
        wizard = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"reason": "Found rust"})
        )
        wizard.action_apply()
        self.assertEqual(self.lot_a.disposition, "quarantined")
        self.assertEqual(self.lot_a.disposition_reason, "Found rust")
