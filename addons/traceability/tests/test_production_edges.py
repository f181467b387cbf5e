from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestProductionEdges(TraceCase):
    """Which consumed lot went into which produced lot, and how sure that is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot_a, cls.lot_b = cls.receive("B-1", 20), cls.receive("B-2", 20)

    def links(self, order):
        return {
            (e.input_lot_id.name, e.output_lot_id.name): (e.quantity, e.confidence)
            for e in self.edges(production_id=order.id)
        }

    def test_one_output_lot_is_exact(self):
        order, _lots = self.produce({self.lot_a: 3, self.lot_b: 1}, {"T-1": 2})
        self.assertEqual(
            self.links(order),
            {("B-1", "T-1"): (3, "exact"), ("B-2", "T-1"): (1, "exact")},
        )
        edge = self.edges(production_id=order.id)[:1]
        self.assertEqual(edge.output_product_id, self.table)
        self.assertEqual(edge.reference, order.name)

    def test_several_output_lots_are_allocated_by_quantity(self):
        order, _lots = self.produce({self.lot_a: 8}, {"T-1": 3, "T-2": 1})
        self.assertEqual(
            self.links(order),
            {("B-1", "T-1"): (6, "allocated"), ("B-1", "T-2"): (2, "allocated")},
        )

    def test_one_serial_out_of_one_serial_is_exact(self):
        frame = self.make_product("Frame", "serial")
        machine = self.make_product("Machine", "serial")
        bom = self.make_bom(machine, {frame: 1})
        frames = [self.receive(f"F-{n}", 1, frame) for n in (1, 2)]
        orders = [
            self.produce({one: 1}, {f"M-{n}": 1}, machine, bom)[0]
            for n, one in enumerate(frames, start=1)
        ]
        self.assertEqual(self.links(orders[0]), {("F-1", "M-1"): (1, "exact")})
        self.assertEqual(self.links(orders[1]), {("F-2", "M-2"): (1, "exact")})

    def test_what_the_shop_floor_says_is_exact(self):
        def known(order, consumed, produced):
            by_name = {line.lot_id.name: line for line in consumed | produced}
            return {
                (by_name["B-1"].id, by_name["T-1"].lot_id.id): 3,
                (by_name["B-2"].id, by_name["T-2"].lot_id.id): 1,
            }

        with patch.object(
            type(self.bom.env["mrp.production"]), "_get_known_links", known
        ):
            order, _lots = self.produce(
                {self.lot_a: 3, self.lot_b: 1}, {"T-1": 1, "T-2": 1}
            )
        self.assertEqual(
            self.links(order),
            {("B-1", "T-1"): (3, "exact"), ("B-2", "T-2"): (1, "exact")},
        )

    def test_a_byproduct_comes_from_the_same_lots(self):
        chips = self.make_product("Chips", "lot", uom_id=self.kilogram.id)
        bom = self.make_bom(
            self.table,
            {self.board: 2},
            byproduct_ids=[Command.create({"product_id": chips.id, "product_qty": 1})],
        )
        order = self.make_order(1, bom=bom)
        order.qty_producing = 1
        self.fill(order.move_raw_ids, {self.lot_a: 2})
        lots = {p: self.make_lot(f"{p.name}-1", p) for p in (self.table, chips)}
        for move in order.move_finished_ids:
            self.fill(move, {lots[move.product_id]: 1}, picked=False)
        order.lot_producing_ids = lots[self.table]
        order.button_mark_done()
        self.assertEqual(
            self.links(order),
            {("B-1", "Table-1"): (2, "exact"), ("B-1", "Chips-1"): (2, "exact")},
        )

    def test_an_untracked_product_ends_the_trace_visibly(self):
        shelf = self.make_product("Shelf", "none")
        bom = self.make_bom(shelf, {self.board: 2})
        order, _lots = self.produce({self.lot_a: 2}, {"-": 1}, shelf, bom)
        [edge] = self.edges(production_id=order.id)
        self.assertEqual(edge.input_lot_id, self.lot_a)
        self.assertFalse(edge.output_lot_id)
        self.assertEqual(edge.output_product_id, shelf)

    def test_each_part_of_a_split_order_has_its_own_steps(self):
        order = self.make_order(2)
        order.qty_producing = 1
        order.lot_producing_ids = self.make_lot("T-1", self.table)
        self.fill(order.move_raw_ids, {self.lot_a: 2})
        order.with_context(
            skip_backorder=True, mo_ids_to_backorder=order.ids
        ).button_mark_done()
        self.assertEqual(self.links(order), {("B-1", "T-1"): (2, "exact")})
        backorder = order.production_group_id.production_ids - order
        self.assertTrue(backorder)
        self.assertFalse(self.edges(production_id=backorder.id))

    def test_correcting_the_consumed_lot_corrects_the_steps(self):
        order, _lots = self.produce({self.lot_a: 4}, {"T-1": 2})
        order.move_raw_ids.move_line_ids.lot_id = self.lot_b
        self.assertEqual(self.links(order), {("B-2", "T-1"): (4, "exact")})

    def test_correcting_the_produced_lot_corrects_the_steps(self):
        order, _lots = self.produce({self.lot_a: 4}, {"T-1": 2})
        order.move_finished_ids.move_line_ids.lot_id = self.make_lot("T-9", self.table)
        self.assertEqual(self.links(order), {("B-1", "T-9"): (4, "exact")})
