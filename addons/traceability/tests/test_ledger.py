from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestLedger(TraceCase):
    """What happened to a lot is written with it, and never changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.receive("B-1", 20)

    def test_receipt_says_what_when_where_who_and_why(self):
        [row] = self.events(self.lot)
        self.assertEqual(row.kind, "receipt")
        self.assertEqual((row.lot_name, row.quantity), ("B-1", 20))
        self.assertEqual(row.product_uom_id, self.kilogram)
        self.assertEqual(row.location_id, self.stock)
        self.assertEqual(row.partner_id, self.supplier)
        self.assertEqual(row.biz_step, "receiving")
        self.assertEqual(row.user_id, self.env.user)
        self.assertEqual(row.res_model, "stock.picking")
        self.assertEqual(row.reference, row.move_line_id.picking_id.name)
        self.assertTrue(row.occurred_at)
        self.assertTrue(row.recorded_at)

    def test_production_is_one_event_with_inputs_and_outputs(self):
        order, tables = self.produce({self.lot: 4}, {"T-1": 1, "T-2": 1})
        rows = self.Event.search(
            [("kind", "=", "production"), ("res_id", "=", order.id)]
        )
        self.assertEqual(len(set(rows.mapped("event_uuid"))), 1)
        self.assertEqual(rows.filtered(lambda r: r.role == "input").lot_id, self.lot)
        self.assertEqual(rows.filtered(lambda r: r.role == "output").lot_id, tables)
        self.assertEqual(sorted(rows.mapped("position")), [0, 1, 2])

    def test_every_way_out_is_on_record(self):
        self.ship(self.lot, 5)
        self.take_back(self.lot, 2)
        self.move(self.stock, self.suppliers, self.lot, 1)
        self.env["stock.scrap"].create(
            {"product_id": self.board.id, "lot_id": self.lot.id, "scrap_qty": 3}
        ).action_validate()
        self.assertEqual(
            [(row.kind, row.quantity) for row in self.events(self.lot)],
            [
                ("receipt", 20),
                ("shipment", 5),
                ("customer_return", 2),
                ("vendor_return", 1),
                ("scrap", 3),
            ],
        )

    def test_hold_and_release_are_on_record_with_the_reason(self):
        self.lot._set_disposition("quarantined", "Too wet")
        self.lot._set_disposition("released", "Dried")
        hold, release = self.events(self.lot)[1:]
        self.assertEqual(
            (hold.kind, hold.reason, hold.quantity), ("hold", "Too wet", 20)
        )
        self.assertEqual(hold.disposition, "non_sellable_other")
        self.assertEqual(hold.location_id, self.stock)
        self.assertEqual((release.kind, release.disposition), ("release", "available"))

    def test_an_inspection_is_on_record_with_its_verdict(self):
        self.lot._set_disposition("pending", "Waiting", path="inspection")
        self.lot._set_disposition("quarantined", "Too wet", path="inspection")
        self.lot._set_disposition("released", "Dried", path="inspection")
        self.assertEqual(
            [(row.kind, row.disposition) for row in self.events(self.lot)[1:]],
            [
                ("hold", "non_sellable_other"),
                ("inspection", "non_conformant"),
                ("hold", "non_sellable_other"),
                ("inspection", "conformant"),
                ("release", "available"),
            ],
        )

    def test_a_recall_is_on_record(self):
        self.recall(self.lot).action_contain()
        row = self.events(self.lot)[-1]
        self.assertEqual((row.kind, row.disposition), ("recall", "recalled"))
        self.assertFalse(row.biz_step)
        self.assertEqual(row.res_model, "traceability.recall")

    def test_the_message_behind_it_is_named(self):
        cause = {"uuid": "01890a5d-ac96-774b-bcce-b302099a8057", "correlation_id": "x"}
        self.lot.with_context(integration_cause=cause)._set_disposition(
            "rejected", "No"
        )
        self.assertEqual(self.events(self.lot)[-1].message_uuid, cause["uuid"])

    @mute_logger("odoo.sql_db")
    def test_nobody_changes_the_ledger(self):
        row = self.events(self.lot)
        with self.assertRaises(UserError):
            row.sudo().write({"quantity": 1})
        with self.assertRaises(UserError):
            row.sudo().unlink()
        for statement in (
            "UPDATE traceability_lot_event SET quantity = 1",
            "DELETE FROM traceability_lot_event",
            "TRUNCATE traceability_lot_event",
        ):
            with (
                self.subTest(statement=statement),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(SQL(statement))
        self.assertEqual(row.quantity, 20)

    def test_a_correction_is_a_new_event_that_names_the_wrong_one(self):
        line = self.ship(self.lot, 6).move_line_ids
        [wrong] = self.events(self.lot, kind="shipment")
        line.quantity = 4
        right = self.events(self.lot, kind="shipment") - wrong
        self.assertEqual(right.quantity, 4)
        self.assertEqual(right.corrects_uuid, wrong.event_uuid)
        self.assertEqual(wrong.quantity, 6)
        line.quantity = 5
        last = self.events(self.lot, kind="shipment") - wrong - right
        self.assertEqual((last.quantity, last.corrects_uuid), (5, right.event_uuid))

    def test_a_corrected_production_is_told_again_as_a_whole(self):
        other = self.receive("B-2", 20)
        order, _tables = self.produce({self.lot: 4}, {"T-1": 2})
        order.move_raw_ids.move_line_ids.lot_id = other
        rows = self.Event.search(
            [("kind", "=", "production"), ("res_id", "=", order.id)]
        )
        told = rows.filtered("corrects_uuid")
        self.assertEqual(len(rows), 4)
        self.assertEqual(told.lot_id, other | order.lot_producing_ids)

    def test_input_booked_later_is_an_event_of_its_own(self):
        order, _tables = self.produce({self.lot: 4}, {"T-1": 2})
        move = order.move_raw_ids
        self.env["stock.move.line"].create(
            {**self.line_vals(self.lot, 1, move), "move_id": move.id}
        )
        rows = self.Event.search(
            [("kind", "=", "production"), ("res_id", "=", order.id)]
        )
        self.assertEqual(len(set(rows.mapped("event_uuid"))), 2)
        self.assertFalse(any(rows.mapped("corrects_uuid")))
        self.assertEqual(
            sum(self.edges(self.lot, production_id=order.id).mapped("quantity")), 5
        )
