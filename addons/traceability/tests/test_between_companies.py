from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestBetweenCompanies(TraceCase):
    """What one company delivers to another leaves the one and is received by the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.env.company
        cls.plant = cls.env["res.company"].create({"name": "Other plant"})
        cls.env.user.company_ids |= cls.plant
        both = [cls.own.id, cls.plant.id]
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=both))
        cls.between = cls.env.ref("stock.stock_location_inter_company")
        cls.receiving = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.plant.id)], limit=1
        )

    def deliver(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.stock, self.between, self.plant.partner_id, "out"
        )

    def receive_there(self, lot, quantity):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.receiving.in_type_id.id,
                "partner_id": self.own.partner_id.id,
                "location_id": self.between.id,
                "location_dest_id": self.receiving.lot_stock_id.id,
            }
        )
        move = self.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": quantity,
                "picking_id": picking.id,
                "location_id": self.between.id,
                "location_dest_id": self.receiving.lot_stock_id.id,
                "company_id": self.plant.id,
            }
        )
        move._action_confirm()
        self.fill(move, {lot: quantity})
        return self.post(picking)

    def post(self, picking):
        picking.with_context(skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def give_back(self, picking, lot, quantity):
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = quantity
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        self.fill(back.move_ids, {lot: quantity})
        return self.post(back)

    def ask(self, company, **values):
        recall = self.env["traceability.recall"].create(
            {"company_id": company.id, **values}
        )
        recall.action_run()
        return recall

    def balance(self, recall):
        names = ("received", "returned", "on_hand", "shipped", "vendor_returned", "gap")
        return recall.balance_ids.read(names, load=None)[0] | {"id": None}

    def test_each_company_says_what_it_shipped_and_received(self):
        lot = self.stocked("R1", 10)
        self.deliver(lot, 6)
        receipt = self.receive_there(lot, 4)
        here = self.ask(self.own, lot_id=lot.id)
        self.assertEqual(here.stock_ids.mapped("quantity"), [4])
        self.assertEqual(here.customer_ids.partner_id, self.plant.partner_id)
        self.assertEqual(here.customer_ids.quantity, 6)
        self.assertIn("Other plant", here.outside)
        for scope in (
            {"lot_id": lot.id},
            {"scope": "receipt", "picking_id": receipt.id},
            {"scope": "supplier", "partner_id": self.own.partner_id.id},
        ):
            with self.subTest(scope=scope):
                there = self.ask(self.plant, **scope)
                self.assertEqual(there.line_ids.lot_id, lot)
                self.assertEqual(there.stock_ids.mapped("quantity"), [4])
        for recall, came, went in ((here, 10, 6), (there, 4, 0)):
            balance = self.balance(recall)
            self.assertEqual((balance["received"], balance["shipped"]), (came, went))
            self.assertEqual((balance["on_hand"], balance["gap"]), (4, 0))

    def test_what_goes_back_is_a_return_on_both_sides(self):
        lot = self.stocked("R1", 10)
        delivery = self.deliver(lot, 6)
        self.give_back(self.receive_there(lot, 6), lot, 2)
        self.give_back(delivery, lot, 2)
        here, there = (self.ask(c, lot_id=lot.id) for c in (self.own, self.plant))
        self.assertEqual(here.customer_ids.quantity, 4)
        self.assertEqual(there.use_ids.mapped("kind"), ["vendor_return"])
        balance = self.balance(here)
        self.assertEqual((balance["returned"], balance["on_hand"]), (2, 6))
        balance = self.balance(there)
        self.assertEqual((balance["vendor_returned"], balance["on_hand"]), (2, 4))
        self.assertEqual((self.balance(here)["gap"], balance["gap"]), (0, 0))

    def test_a_batch_without_lot_leaves_the_company_that_made_it(self):
        lot, glue = self.stocked("R1", 10), self.product("GLUE", "none")
        self.recipe(glue, {self.raw: 1})
        self.finish(self.order(glue, 3), {lot: 3}, {glue: 3})
        move = self.env["stock.move"].create(
            {
                "product_id": glue.id,
                "product_uom_qty": 3,
                "location_id": self.stock.id,
                "location_dest_id": self.between.id,
                "partner_id": self.plant.partner_id.id,
            }
        )
        move._action_confirm()
        self.fill(move, {None: 3})
        move._action_done()
        recall = self.ask(self.own, lot_id=lot.id)
        self.assertEqual(recall.customer_ids.mapped("quantity"), [3])
        self.assertFalse(recall.stock_ids.filtered(lambda row: row.product_id == glue))

    def test_the_nightly_check_agrees(self):
        lot = self.stocked("R1", 10)
        self.deliver(lot, 6)
        self.receive_there(lot, 4)
        check = self.env["traceability.check"]._start(is_full=True)
        while check.state == "running":
            check._work_off_portion()
        self.assertFalse(check.damage)
