"""Partial acceptance: a part of a lot becomes one of its own."""

from odoo.exceptions import AccessError, UserError

from ..exceptions import LotOnHoldError
from .common import DispositionCase


class TestSplit(DispositionCase):
    def split(self, quantity=4, status="rejected", **options):
        return self.lot_a._split_for_disposition(
            quantity, status, "Scratched", **options
        )

    def test_part_is_held_and_the_rest_goes_on(self):
        child = self.split()
        self.env.flush_all()
        self.assertEqual(child.name, "LOT-A/1")
        self.assertEqual((self.on_hand(self.lot_a), self.on_hand(child)), (6, 4))
        self.assertEqual(
            (self.lot_a.disposition, child.disposition), ("released", "rejected")
        )
        self.make_move(self.customers, 6, lot=self.lot_a)._action_done()
        with self.assertRaises(LotOnHoldError):
            self.make_move(self.customers, 1, lot=child)._action_done()

    def test_link_can_be_followed(self):
        child = self.split()
        link = self.env["stock.lot.split"].search([("child_lot_id", "=", child.id)])
        self.assertEqual(link.parent_lot_id, self.lot_a)
        self.assertEqual((link.quantity, link.reason), (4, "Scratched"))
        self.assertEqual(link.out_line_id.lot_id, self.lot_a)
        self.assertEqual(link.in_line_id.lot_id, child)
        self.assertEqual(child.split_from_id, self.lot_a)

    def test_part_of_a_held_lot_starts_on_hold(self):
        self.hold(self.lot_a, "pending")
        child = self.split(status="released")
        self.env.flush_all()
        self.assertEqual(child.disposition, "released")
        statuses = child.disposition_entry_ids.sorted("id").mapped("to_status")
        self.assertEqual(statuses, ["pending", "released"])
        self.assertEqual(self.lot_a.disposition, "pending")

    def test_inspector_does_not_release_by_splitting(self):
        self.hold(self.lot_a)
        with self.assertRaises(AccessError):
            self.lot_a.with_user(self.inspector)._split_for_disposition(
                4, "released", "Looks good"
            )

    def test_reserved_goods_find_a_new_place(self):
        move = self.make_move(self.customers, 10)
        move._action_assign()
        child = self.lot_b if move.move_line_ids.lot_id == self.lot_b else self.split()
        self.env.flush_all()
        self.assertNotIn(child, move.move_line_ids.lot_id - self.lot_b)
        self.assertEqual(sum(move.move_line_ids.mapped("quantity")), 10)

    def test_more_than_there_is(self):
        with self.assertRaisesRegex(UserError, "LOT-A"):
            self.split(11)

    def test_stock_of_a_company_that_the_user_cannot_see_stays_whole(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )
        place = warehouse.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(
            self.product, place, 50, lot_id=self.lot_a
        )
        lot = self.lot_a.with_user(self.inspector)
        for location in (None, place):
            with self.subTest(location=location), self.assertRaises(UserError):
                lot._split_for_disposition(
                    11, "quarantined", "Scratched", location=location
                )
        self.assertEqual(lot._find_quant_to_split(4, None).company_id, self.env.company)

    def test_stock_user_may_not(self):
        with self.assertRaises(AccessError):
            self.lot_a.with_user(self.stock_user)._split_for_disposition(
                1, "quarantined", "No"
            )
