from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestUntrackedGenealogy(TraceCase):
    """A semi-finished product without lots does not break the chain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dough = cls.product("DOUGH", "none")
        cls.bread = cls.product("BREAD")
        cls.recipe(cls.dough, {cls.raw: 1})
        cls.recipe(cls.bread, {cls.dough: 1})

    def knead(self, lot, quantity):
        return self.finish(
            self.order(self.dough, quantity), {lot: quantity}, {self.dough: quantity}
        )

    def bake(self, name, quantity, product=None, of=None):
        lot = self.lot(name, product or self.bread)
        self.finish(
            self.order(product or self.bread, quantity),
            {of or self.dough: quantity},
            {lot: quantity},
        )
        return lot

    def test_a_raw_lot_reaches_the_customer(self):
        raw = self.stocked("R1", 10)
        self.knead(raw, 10)
        bread = self.bake("L1", 4)
        self.ship(bread, 4)
        self.assertEqual(self.forward(raw), {"R1", "L1"})
        recall = self.env["traceability.recall"].create({"lot_id": raw.id})
        recall.action_run()
        self.assertEqual(recall.customer_ids.partner_id, self.customer)
        edge = self.edges(output_lot_id=bread.id)
        self.assertEqual((edge.confidence, edge.quantity), ("assumed", 4))

    def test_every_batch_that_can_be_in_stock_takes_part(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 30)
        orders = self.knead(first, 10) | self.knead(second, 30)
        self.bake("L1", 4)
        self.assertEqual(
            self.links(output_lot_id=self.lot_named("L1").id),
            {
                (orders[0].name, "L1"): (1, "assumed"),
                (orders[1].name, "L1"): (3, "assumed"),
            },
        )

    def lot_named(self, name):
        return self.env["stock.lot"].search([("name", "=", name)])

    def test_a_batch_that_is_used_up_takes_no_further_part(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        self.knead(first, 10)
        self.bake("L1", 10)
        self.knead(second, 10)
        self.bake("L2", 5)
        self.assertEqual(self.forward(first), {"R1", "L1"})
        self.assertEqual(self.forward(second), {"R2", "L2"})

    def test_two_levels_without_lots(self):
        crumbs, cake = self.product("CRUMBS", "none"), self.product("CAKE")
        self.recipe(crumbs, {self.dough: 1})
        self.recipe(cake, {crumbs: 1})
        raw = self.stocked("R1", 10)
        self.knead(raw, 10)
        self.finish(self.order(crumbs, 5), {self.dough: 5}, {crumbs: 5})
        self.bake("K1", 2, cake, crumbs)
        self.assertEqual(self.forward(raw), {"R1", "K1"})
        found = self.env["traceability.edge"].trace(self.lot_named("K1"), "backward")
        self.assertIn(raw.id, found.lot_ids)
        self.assertEqual(found.certainty[raw.id], "assumed")

    def test_taken_before_it_was_posted_is_paid_back(self):
        raw = self.stocked("R1", 10)
        self.bake("L1", 4)
        self.assertEqual(self.forward(raw), {"R1"})
        self.knead(raw, 10)
        self.assertEqual(self.forward(raw), {"R1", "L1"})
        self.bake("L2", 6)
        nodes = self.env["traceability.node"].search(
            [("product_id", "=", self.dough.id)]
        )
        self.assertEqual(set(nodes.mapped("is_used_up")), {True})

    def test_shipped_without_a_lot_reaches_the_customer_and_comes_back(self):
        raw = self.stocked("R1", 10)
        self.knead(raw, 10)
        move = self.move_out(self.dough, 4)
        found = self.env["traceability.edge"].trace(raw)
        [step] = [step for step in found.steps if step.kind == "shipment"]
        self.assertEqual((step.partner_id, step.quantity), (self.customer.id, 4))
        self.assertEqual(step.confidence, "assumed")
        self.move_out(self.dough, 3, origin_returned_move_id=move.id, back=True)
        found = self.env["traceability.edge"].trace(raw)
        [back] = [step for step in found.steps if step.kind == "customer_return"]
        self.assertAlmostEqual(back.quantity, 3)
        self.bake("L1", 9)
        self.assertEqual(self.forward(raw), {"R1", "L1"})

    def move_out(self, product, quantity, *, back=False, **values):
        ends = (self.customers, self.stock) if back else (self.stock, self.customers)
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom": product.uom_id.id,
                "location_id": ends[0].id,
                "location_dest_id": ends[1].id,
                "partner_id": self.customer.id,
                **values,
            }
        )
        move._action_confirm()
        self.fill(move, {None: quantity})
        move._action_done()
        return move

    def test_made_to_order_is_drawn_from_its_own_order_first(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        self.knead(first, 10)
        own = self.knead(second, 4)
        order = self.order(self.bread, 4)
        order.move_raw_ids.move_orig_ids = own.move_finished_ids
        self.finish(order, {self.dough: 4}, {self.lot("L1", self.bread): 4})
        self.assertEqual(self.forward(first), {"R1"})
        self.assertEqual(self.forward(second), {"R2", "L1"})

    def test_bought_parts_without_lots_leave_no_trace(self):
        screws = self.product("SCREWS", "none")
        self.move_out(screws, 5, back=True)
        self.move_out(screws, 5)
        self.assertFalse(
            self.env["traceability.node"].search([("product_id", "=", screws.id)])
        )

    def test_correcting_what_was_consumed_scales_the_draw(self):
        raw = self.stocked("R1", 10)
        self.knead(raw, 10)
        bread = self.bake("L1", 4)
        line = bread.env["mrp.production"].search([("product_id", "=", self.bread.id)])
        line.move_raw_ids.move_line_ids.quantity = 6
        self.assertEqual(self.edges(output_lot_id=bread.id).quantity, 6)
