"""What got past everything else shows when the books are compared with the moves."""

from odoo.exceptions import AccessError
from odoo.tools import SQL

from .common import DispositionCase


class TestDiscrepancy(DispositionCase):
    def setUp(self):
        super().setUp()
        self.Discrepancy = self.env["lot.disposition.discrepancy"]
        self.lot = self.env["stock.lot"].create(
            {"name": "LOT-C", "product_id": self.product.id}
        )
        self.make_move(self.stock, 10, lot=self.lot, source=self.suppliers)._action_done()
        self.hold(self.lot)
        self.Discrepancy._cron_compare()  # what the demo data and others wrote before

    def find(self):
        self.env.flush_all()
        return self.Discrepancy._cron_compare().filtered(lambda one: one.lot_id == self.lot)

    def write_away(self, quantity):
        """Balanced: what is gone from stock is a customer's, by no move at all."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE stock_quant SET quantity = quantity - %s"
                " WHERE lot_id = %s AND location_id = %s",
                *(quantity, self.lot.id, self.stock.id),
            )
        )
        self.env["stock.quant"].sudo().create(
            {
                "product_id": self.product.id,
                "lot_id": self.lot.id,
                "location_id": self.customers.id,
                "quantity": quantity,
            }
        )
        self.env.flush_all()
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.invalidate_all()

    def test_moves_of_all_kinds_agree_with_the_books(self):
        self.make_move(self.suppliers, 2, lot=self.lot)._action_done()
        self.hold(self.lot, "rejected")
        cage = self.make_place("Cage", is_quarantine=True)
        self.make_move(cage, 3, lot=self.lot)._action_done()
        self.lot._split_for_disposition(
            2, "quarantined", "The rest is better", location=self.stock
        )
        self.assertFalse(self.find())

    def test_balanced_edit_of_the_books_is_found_and_told_once(self):
        self.write_away(4)
        found = self.find()
        self.assertEqual((found.booked_quantity, found.moved_quantity), (6, 10))
        self.assertEqual((found.difference, found.location_id), (-4, self.stock))
        self.assertFalse(self.find())
        self.write_away(1)
        self.assertEqual(self.find().difference, -5)

    def test_quality_is_asked_to_look_and_explains(self):
        manager = self.env["res.users"].create(
            {
                "name": "Quality",
                "login": "quality-manager",
                "group_ids": [
                    (4, self.ref("lot_disposition.lot_disposition_group_manager"))
                ],
            }
        )
        self.write_away(4)
        found = self.find()
        asked = self.lot.activity_ids.filtered(lambda one: one.user_id == manager)
        self.assertIn("6 on the books, 10 by its moves", asked.summary)
        found.with_user(self.inspector).explanation = "Written by hand, brought back"
        with self.assertRaises(AccessError):
            found.with_user(self.inspector).booked_quantity = 10
