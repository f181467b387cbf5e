from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestProductionGenealogy(TraceCase):
    """Which lot went into which, and how sure that is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board = cls.product("BOARD", "serial")
        cls.pump = cls.product("PUMP", "serial")
        cls.recipe(cls.pump, {cls.board: 1})

    def serials(self, product, *names):
        return [self.stocked(name, 1, product) for name in names]

    def make_pumps(self, *names):
        """Three boards become three pumps in one order."""
        boards = self.serials(self.board, *(f"B{name}" for name in names))
        pumps = [self.lot(f"P{name}", self.pump) for name in names]
        order = self.order(self.pump, len(names))
        return order, boards, pumps

    def post(self, order, boards, pumps):
        return self.finish(order, dict.fromkeys(boards, 1), dict.fromkeys(pumps, 1))

    def test_several_lots_of_one_order_share_its_inputs(self):
        raw = self.stocked("R1", 20)
        order = self.order(self.finished, 4)
        lots = {self.lot("F1", self.finished): 3, self.lot("F2", self.finished): 1}
        self.finish(order, {raw: 8}, lots)
        self.assertEqual(
            self.links(production_id=order.id),
            {("R1", "F1"): (6, "allocated"), ("R1", "F2"): (2, "allocated")},
        )

    def test_serials_of_one_order_are_allocated_until_the_shop_floor_tells(self):
        order, boards, pumps = self.make_pumps("1", "2", "3")
        self.post(order, boards, pumps)
        links = self.links(production_id=order.id)
        self.assertEqual(len(links), 9)
        self.assertEqual(set(links.values()), {(round(1 / 3, 6), "allocated")})
        order.report_genealogy(
            [
                {"component_lot": f"B{name}", "lot": f"P{name}", "quantity": 1}
                for name in "123"
            ]
        )
        self.assertEqual(
            self.links(production_id=order.id),
            {(f"B{name}", f"P{name}"): (1, "exact") for name in "123"},
        )
        self.assertEqual(self.forward(boards[1]), {"B2", "P2"})

    def test_what_is_told_before_posting_is_exact_and_the_last_follows(self):
        order, boards, pumps = self.make_pumps("1", "2")
        order.report_genealogy(
            [{"component_lot": "B1", "lot": "P1", "quantity": 1, "component": "BOARD"}]
        )
        self.post(order, boards, pumps)
        self.assertEqual(
            self.links(production_id=order.id),
            {("B1", "P1"): (1, "exact"), ("B2", "P2"): (1, "allocated")},
        )

    def test_an_unknown_lot_is_named(self):
        order, _boards, _pumps = self.make_pumps("1")
        with self.assertRaisesRegex(UserError, "no lot 'B9'"):
            order.report_genealogy(
                [{"component_lot": "B9", "lot": "P1", "quantity": 1}]
            )

    def test_byproducts_come_from_the_same_lots_and_quantities_add_up(self):
        kilogram = self.env.ref("uom.product_uom_kgm")
        chips = self.product("CHIPS", uom_id=kilogram.id)
        self.bom.byproduct_ids = [
            Command.create(
                {
                    "product_id": chips.id,
                    "product_qty": 1,
                    "product_uom_id": kilogram.id,
                }
            )
        ]
        raw = self.stocked("R1", 20)
        order = self.order(self.finished, 2)
        self.finish(
            order,
            {raw: 4},
            {self.lot("F1", self.finished): 2, self.lot("C1", chips): 2},
        )
        self.assertEqual(
            self.links(production_id=order.id),
            {("R1", "F1"): (2, "allocated"), ("R1", "C1"): (2, "allocated")},
        )

    def test_a_backorder_has_edges_of_its_own(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        order = self.order(self.finished, 4)
        made = {self.lot("F1", self.finished): 1}
        self.finish(order, {first: 2}, made, mo_ids_to_backorder=order.ids)
        backorder = order.production_group_id.production_ids - order
        self.assertFalse(self.edges(production_id=backorder.id))
        self.finish(backorder, {second: 6}, {self.lot("F2", self.finished): 3})
        self.assertEqual(
            self.links(production_id=order.id), {("R1", "F1"): (2, "exact")}
        )
        self.assertEqual(
            self.links(production_id=backorder.id), {("R2", "F2"): (6, "exact")}
        )

    def test_scrap_in_production_goes_into_nothing(self):
        raw = self.stocked("R1", 20)
        order = self.order(self.finished, 2)
        self.env["stock.scrap"].create(
            {
                "product_id": self.raw.id,
                "lot_id": raw.id,
                "scrap_qty": 1,
                "production_id": order.id,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        self.finish(order, {raw: 4}, {self.lot("F1", self.finished): 2})
        self.assertEqual(
            self.links(production_id=order.id), {("R1", "F1"): (4, "exact")}
        )
        scrap = self.edges(kind="scrap", input_lot_id=raw.id)
        self.assertEqual((scrap.quantity, scrap.output_vertex), (1, 0))

    def test_rework_into_the_same_lot_is_a_cycle_that_ends(self):
        raw, fresh = self.stocked("R1", 20), self.stocked("R2", 20)
        output = self.lot("F1", self.finished)
        self.produce({raw: 10}, output, 5)
        order = self.order(self.finished, 5, {self.finished: 5, self.raw: 5})
        self.finish(order, {output: 5, fresh: 5}, {output: 5})
        self.assertEqual(
            self.links(production_id=order.id),
            {("F1", "F1"): (5, "exact"), ("R2", "F1"): (5, "exact")},
        )
        self.assertEqual(self.forward(raw), {"R1", "F1"})

    def test_correcting_a_posted_lot_corrects_the_shares(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        output = self.lot("F1", self.finished)
        order = self.produce({first: 4}, output, 2)
        order.move_raw_ids.move_line_ids.lot_id = second
        self.assertEqual(
            self.links(production_id=order.id), {("R2", "F1"): (4, "exact")}
        )
        events = self.env["traceability.lot.event"].search(
            [("move_line_id", "=", order.move_raw_ids.move_line_ids.id)], order="id"
        )
        self.assertEqual(
            [(row.kind, row.quantity) for row in events],
            [("consumption", 4), ("correction", 0), ("correction", 4)],
        )
        self.assertEqual(events.lot_id, first | second)

    def test_made_of_nothing_with_a_lot_has_a_beginning(self):
        water = self.product("WATER", "none")
        self.recipe(self.pump, {water: 1})
        pump = self.lot("P1", self.pump)
        order = self.order(self.pump, 1)
        self.finish(order, {water: 1}, {pump: 1})
        edge = self.edges(production_id=order.id)
        self.assertEqual((edge.output_lot_id, edge.quantity), (pump, 1))
        self.assertFalse(edge.input_vertex)


@tagged("post_install", "-at_install")
class TestUnbuild(TraceCase):
    def unbuild(self, production, lot, quantity):
        unbuild = self.env["mrp.unbuild"].create(
            {
                "product_id": lot.product_id.id,
                "lot_id": lot.id,
                "mo_id": production.id,
                "product_qty": quantity,
                "location_id": self.stock.id,
                "location_dest_id": self.stock.id,
            }
        )
        unbuild.action_unbuild()
        return unbuild

    def test_components_come_out_of_the_product(self):
        raw = self.stocked("R1", 10)
        output = self.lot("F1", self.finished)
        production = self.produce({raw: 10}, output, 5)
        unbuild = self.unbuild(production, output, 2)
        self.assertEqual(
            self.links(kind="unbuild", res_id=unbuild.id), {("F1", "R1"): (2, "exact")}
        )
        self.ship(raw, 4)
        recall = self.env["traceability.recall"].create({"lot_id": output.id})
        recall.action_run()
        self.assertEqual(recall.customer_ids.lot_id, raw)

    def test_a_byproduct_is_no_source_of_the_components(self):
        chips = self.product("CHIPS")
        self.bom.byproduct_ids = [
            Command.create({"product_id": chips.id, "product_qty": 1})
        ]
        raw = self.stocked("R1", 10)
        output, waste = self.lot("F1", self.finished), self.lot("C1", chips)
        order = self.order(self.finished, 2)
        self.finish(order, {raw: 4}, {output: 2, waste: 2})
        unbuild = self.unbuild(order, output, 2)
        self.assertEqual(
            self.links(kind="unbuild", res_id=unbuild.id), {("F1", "R1"): (2, "exact")}
        )
        self.assertEqual(self.edges(kind="unbuild", input_lot_id=waste.id).quantity, 2)
