"""A containment and a delivery at the same moment, with two real transactions."""

import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install")
class TestContainAgainstDelivery(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean_up)
        with self.registry.cursor() as cr:
            self.ids = self.prepare(api.Environment(cr, SUPERUSER_ID, {}))

    def prepare(self, env):
        product = env["product.product"].create(
            {"name": "Plate of two", "is_storable": True, "tracking": "lot"}
        )
        lot = env["stock.lot"].create({"name": "RACE", "product_id": product.id})
        stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
        self.move(lot, 5, env.ref("stock.stock_location_suppliers"), stock)
        recall = env["traceability.recall"].create({"lot_id": lot.id, "reason": "Race"})
        recall.action_run()
        return {"lot": lot.id, "recall": recall.id}

    def clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["stock.lot"].browse(self.ids["lot"]).product_id.active = False

    def move(self, lot, quantity, source, target):
        """Post at once what nobody reserved before, as a machine reports it."""
        ends = {"location_id": source.id, "location_dest_id": target.id}
        product = lot.product_id
        move = lot.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "partner_id": lot.env.company.partner_id.id,
                **ends,
            }
        )
        move._action_confirm()
        line = {"product_id": product.id, "lot_id": lot.id, "quantity": quantity, **ends}
        move.move_line_ids = [Command.clear(), Command.create(line)]
        move.picked = True
        move._action_done()

    def deliver(self, env):
        lot = env["stock.lot"].browse(self.ids["lot"])
        stock = lot.quant_ids.location_id.filtered(lambda place: place.usage == "internal")
        self.move(lot, 2, stock, env.ref("stock.stock_location_customers"))

    def contain(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            recall = env["traceability.recall"].browse(self.ids["recall"])
            recall.action_contain()
            env.flush_all()

    def test_a_delivery_under_way_is_in_the_answer_that_stays(self):
        failures = []

        def contain_in_another_thread():
            try:
                self.contain()
            except SerializationFailure as error:
                failures.append(error)  # Odoo would run the request again

        with self.registry.cursor() as shipping:
            env = api.Environment(shipping, SUPERUSER_ID, {})
            self.deliver(env)
            env.flush_all()
            thread = threading.Thread(target=contain_in_another_thread)
            thread.start()
            thread.join(2)
            self.assertTrue(thread.is_alive(), "the containment did not wait")
            shipping.commit()
            thread.join(30)
        self.assertFalse(thread.is_alive())
        if failures:
            self.contain()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            recall = env["traceability.recall"].browse(self.ids["recall"])
            self.assertEqual(recall.state, "contained")
            self.assertEqual(recall.customer_ids.mapped("quantity"), [2])
            self.assertEqual(recall.stock_ids.mapped("quantity"), [3])
