from odoo import Command
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestLateUses(TraceCase):
    """The ledger says what a lot was made of, in whatever order that came to light."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.stocked("R1", 100), self.stocked("R2", 100)
        self.made = [self.lot(name, self.finished) for name in ("F1", "F2")]
        self.production = self.order(self.finished, 10)

    def post(self, moves, parts):
        """Post what is reported of moves; what is not stays planned."""
        move = moves.filtered(lambda move: move.state not in ("done", "cancel"))
        self.fill(move, parts)
        move._action_done()

    def use(self, parts):
        self.post(self.production.move_raw_ids, parts)

    def make(self, parts):
        self.post(
            self.production.move_finished_ids.filtered(
                lambda move: move.product_id == self.finished
            ),
            parts,
        )

    def close(self):
        """Give up what is still planned."""
        moves = self.production.move_raw_ids | self.production.move_finished_ids
        moves.filtered(lambda move: move.state != "done")._action_cancel()
        self.assertEqual(self.production.state, "done")

    def rows(self, lot):
        return self.env["traceability.lot.event"].search(
            [("lot_id", "=", lot.id), ("res_id", "=", self.production.id)], order="id"
        )

    def told(self, lot):
        """Return ``{lot: quantity}`` that the newest rows say went into one."""
        newest = {row.move_line_id: row for row in self.rows(lot)}
        total = {}
        for row in newest.values():
            for entry in row.inputs or ():
                total[entry["lot"]] = total.get(entry["lot"], 0) + entry["quantity"]
        return total

    def test_a_use_after_the_last_output_is_told_when_the_order_is_done(self):
        lot = self.made[0]
        self.make({lot: 10})
        self.assertFalse(self.told(lot))
        self.use({self.first: 20})
        self.assertEqual(self.told(lot), {"R1": 20})
        self.assertEqual(self.rows(lot).mapped("kind"), ["production", "correction"])
        self.assertEqual(self.rows(lot).mapped("quantity"), [10, 10])
        self.assertFalse(self.rows(lot)[0].reason)
        self.assertIn("came to light", self.rows(lot)[1].reason)

    def test_an_open_order_is_not_told_anew_with_each_report(self):
        lot = self.made[0]
        self.make({lot: 4})
        self.use({self.first: 6})
        self.make({lot: 2})
        self.use({self.second: 5})
        self.assertEqual(self.rows(lot).mapped("kind"), ["production"] * 2)
        self.close()
        self.assertEqual(self.told(lot), {"R1": 6, "R2": 5})

    def test_an_order_that_is_closed_with_less_than_planned_is_told_whole(self):
        lot, production = self.made[0], self.production
        self.make({lot: 9})
        self.use({self.first: 15})
        rest = production.move_raw_ids.filtered(lambda move: move.state != "done")
        rest.with_context(skip_mo_check=True)._action_cancel()
        self.assertFalse(self.told(lot))
        production.write(
            {"lot_producing_ids": [Command.set(lot.ids)], "qty_producing": 9}
        )
        production.with_context(
            skip_consumption=True, skip_backorder=True, mo_ids_to_backorder=[]
        ).button_mark_done()
        self.assertEqual(production.state, "done")
        self.assertEqual(self.told(lot), {"R1": 15})

    def test_shares_of_lots_made_one_after_the_other_are_as_in_the_genealogy(self):
        one, other = self.made
        self.use({self.first: 20})
        self.make({one: 5})
        self.assertEqual(self.told(one), {"R1": 20})
        self.make({other: 5})
        self.assertEqual(self.told(one), {"R1": 10})
        self.assertEqual(self.told(other), {"R1": 10})
        self.assertEqual(self.rows(other).mapped("kind"), ["production"])

    def test_what_was_told_in_parts_and_is_right_is_not_told_again(self):
        lot = self.made[0]
        self.use({self.first: 12})
        self.make({lot: 9})
        self.use({self.first: 8})
        self.make({lot: 1})
        rows = self.rows(lot)
        self.assertEqual(rows.mapped("kind"), ["production"] * 2)
        self.assertEqual([row.inputs[0]["quantity"] for row in rows], [12, 8])

    def test_a_use_that_is_corrected_corrects_what_was_made_of_it(self):
        lot = self.made[0]
        self.use({self.first: 20})
        self.make({lot: 10})
        line = self.production.move_raw_ids.move_line_ids
        line.quantity = 15
        self.assertEqual(self.told(lot), {"R1": 15})
        line.lot_id = self.second
        self.assertEqual(self.told(lot), {"R2": 15})
        line.quantity = 0
        self.assertEqual(self.told(lot), {})
        self.assertEqual(self.rows(lot).mapped("quantity"), [10] * 4)

    def test_what_is_reported_of_parts_after_the_end_is_told_exactly(self):
        one, other = self.made
        self.use({self.first: 12, self.second: 8})
        self.make({one: 5, other: 5})
        self.assertEqual(self.told(one), {"R1": 6, "R2": 4})
        self.production.report_genealogy(
            [
                {"component_lot": "R1", "lot": "F1", "quantity": 10},
                {"component_lot": "R1", "lot": "F2", "quantity": 2},
                {"component_lot": "R2", "lot": "F2", "quantity": 8},
            ]
        )
        self.assertEqual(self.told(one), {"R1": 10})
        self.assertEqual(self.told(other), {"R1": 2, "R2": 8})
        self.production.report_genealogy(
            [
                {"component_lot": "R1", "lot": "F1", "quantity": 7},
                {"component_lot": "R1", "lot": "F2", "quantity": 5},
            ]
        )
        self.assertEqual(self.told(one)["R1"], 7)

    def test_a_new_number_between_two_uses_tells_nothing_twice(self):
        lot = self.made[0]
        self.use({self.first: 12})
        self.make({lot: 9})
        self.first.name = "R1-NEW"
        self.use({self.first: 8})
        self.make({lot: 1})
        self.assertEqual(self.told(lot), {"R1": 12, "R1-NEW": 8})
        self.assertEqual(self.rows(lot).mapped("kind"), ["production"] * 2)
