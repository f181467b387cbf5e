from odoo.tests import tagged

from .test_history import HistoryCase


@tagged("post_install", "-at_install")
class TestWideHistory(HistoryCase):
    """By-products, serial numbers, units, packages, counts, and returns of returns."""

    operations = (
        "receive",
        "receive_powder",
        "produce",
        "weigh",
        "byproduct",
        "serials",
        "loop",
        "cancel_backorder",
        "unbuild_a_part",
        "split",
        "pack",
        "count",
        "ship",
        "deliver",
        "deliver",
        "give_back",
        "give_back",
        "drop_ship",
        "scrap",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gram = cls.env.ref("uom.product_uom_gram")
        cls.kilogram = cls.env.ref("uom.product_uom_kgm")
        cls.powder = cls.product("POWDER", uom_id=cls.kilogram.id)
        cls.paint, cls.blend = cls.product("PAINT"), cls.product("BLEND")
        cls.chips, cls.pump = cls.product("CHIPS"), cls.product("PUMP", "serial")
        weighed = cls.recipe(cls.paint, {cls.powder: 300})
        weighed.bom_line_ids.product_uom_id = cls.gram
        cls.recipe(cls.blend, {cls.raw: 1}, {cls.chips: 1})
        cls.recipe(cls.pump, {cls.raw: 1})
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.stock.id}
        )

    def live(self, seed):
        self.moved = []  # (transfer, lot, quantity, to the customer or from there)
        return super().live(seed)

    def do_receive_powder(self):
        name = self.name(self.powder)
        self.receive_lot(self.lots[name], 20)
        self.history.add(name, 20)

    def do_weigh(self):
        """What is kept in kilograms is weighed in grams, and rounded when it is booked."""
        names = self.pick(2, self.powder)
        if not names:
            return
        grams = {name: self.random.randint(1, 777) for name in names}
        outputs = {self.name(self.paint): 2}
        order = self.order(self.paint, 2)
        self.finish(order, self.by_lot(grams), self.by_lot(outputs))
        lines = order.move_raw_ids.move_line_ids
        booked = {line.lot_id.name: line.quantity_product_uom for line in lines}
        self.assertEqual(set(booked), set(names))
        for name, quantity in booked.items():
            self.assertAlmostEqual(quantity, grams[name] / 1000, delta=0.005)
        self.history.transform(booked, outputs)

    def do_byproduct(self):
        for name in self.pick(1, self.raw, at_least=3):
            outputs = {self.name(self.blend): 2, self.name(self.chips): 2}
            order = self.order(self.blend, 2)
            self.finish(order, self.by_lot({name: 3}), self.by_lot(outputs))
            self.history.transform({name: 3}, outputs)

    def do_serials(self):
        inputs = self.take(self.pick(2, self.raw, at_least=3))
        if inputs:
            outputs = {self.name(self.pump): 1, self.name(self.pump): 1}
            order = self.order(self.pump, 2)
            self.finish(order, self.by_lot(inputs), self.by_lot(outputs))
            self.history.transform(inputs, outputs)

    def do_loop(self):
        """A lot becomes another, which becomes the first again."""
        for name in self.pick(1, self.finished):
            other = self.name(self.finished)
            for source, target in ((name, other), (other, name)):
                order = self.order(self.finished, 1, {self.finished: 1})
                self.finish(order, self.by_lot({source: 1}), self.by_lot({target: 1}))
                self.history.transform({source: 1}, {target: 1})

    def do_cancel_backorder(self):
        for name in self.pick(1, self.raw, at_least=2):
            order = self.order(self.finished, 4)
            outputs = {self.name(self.finished): 1}
            made = self.by_lot(outputs)
            again = order.ids
            self.finish(order, self.by_lot({name: 2}), made, mo_ids_to_backorder=again)
            (order.production_group_id.production_ids - order).action_cancel()
            self.history.transform({name: 2}, outputs)

    def do_unbuild_a_part(self):
        for name in self.pick(1, self.raw, at_least=4):
            made = self.name(self.finished)
            order = self.order(self.finished, 2)
            self.finish(order, self.by_lot({name: 4}), self.by_lot({made: 2}))
            self.history.transform({name: 4}, {made: 2})
            unbuild = self.env["mrp.unbuild"].create(
                {
                    "product_id": self.finished.id,
                    "lot_id": self.lots[made].id,
                    "mo_id": order.id,
                    "product_qty": 1,
                }
            )
            unbuild.action_unbuild()
            self.history.transform({made: 1}, {name: 2})

    def do_pack(self):
        """Into a box, onto the shelf and back; it is still the same lot."""
        for name in self.pick():
            box = self.env["stock.package"].create({"name": f"BOX-{self.count}"})
            way = (self.supplier, "int")
            there = self.transfer(self.lots[name], 1, self.stock, self.shelf, *way)
            there.move_line_ids.result_package_id = box
            quant = self.lots[name].quant_ids.filtered(
                lambda quant: quant.location_id == self.shelf and quant.quantity > 0
            )
            quant.move_quants(self.stock, unpack=True)

    def do_count(self):
        for name in self.pick(at_least=2):
            if self.lots[name].product_id.tracking == "serial":
                continue
            quant = self.lots[name].quant_ids.filtered(
                lambda quant: quant.location_id == self.stock
            )
            change = self.random.choice((-1, 1))
            counted = sum(quant.mapped("quantity")) + change
            quant = quant[:1].with_context(inventory_mode=True)
            quant.inventory_quantity = quant.quantity + change
            quant.action_apply_inventory()
            self.assertAlmostEqual(sum(self.on_stock(name)), counted)
            self.history.add(name, change)

    def on_stock(self, name):
        quants = self.lots[name].quant_ids
        return quants.filtered(lambda q: q.location_id == self.stock).mapped("quantity")

    # Deliveries, and what comes back of them ---------------------------------

    def do_deliver(self):
        for name in self.pick():
            picking = self.ship(self.lots[name], 1)
            self.history.ship(name, 1)
            self.moved.append((picking, name, 1))

    def do_give_back(self):
        """A return of a delivery, or of a return: with core's wizard, back again."""
        if not self.moved:
            return
        index = self.random.randrange(len(self.moved))
        picking, name, sign = self.moved.pop(index)
        if sign < 0 and self.history.on_hand[name] < 1:
            return
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        self.fill(back.move_ids, {self.lots[name]: 1})
        back.with_context(skip_sms=True).button_validate()
        self.assertEqual(back.state, "done")
        self.history.ship(name, -sign)
        self.moved.append((back, name, -sign))

    def do_drop_ship(self):
        name = self.name()
        way = (self.suppliers, self.customers, self.customer, "in")
        self.transfer(self.lots[name], 3, *way)
        self.history.add(name, 3)
        self.history.ship(name, 3)

    def test_the_graph_equals_the_reference_and_quantities_balance(self):
        self.check_histories()
