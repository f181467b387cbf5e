"""A hold and a shipment at the same moment, with two real transactions."""

import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..exceptions import LotOnHoldError


@tagged("post_install", "-at_install")
class TestHoldAgainstShipment(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean_up)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.ids = self.prepare(env)

    def prepare(self, env):
        product = env["product.product"].create(
            {
                "name": "Concurrent plate",
                "is_storable": True,
                "tracking": "lot",
            }
        )
        stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
        lot = env["stock.lot"].create({"name": "RACE", "product_id": product.id})
        env["stock.quant"]._update_available_quantity(product, stock, 5, lot_id=lot)
        move = env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": 5,
                "product_uom": product.uom_id.id,
                "location_id": stock.id,
                "location_dest_id": env.ref("stock.stock_location_customers").id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.picked = True
        return {"product": product.id, "lot": lot.id, "move": move.id}

    def clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["product.product"].browse(self.ids["product"]).active = False

    def ship(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["stock.move"].browse(self.ids["move"])._action_done()
        env.flush_all()

    def hold(self, cr):
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["stock.lot"].browse(self.ids["lot"])._set_disposition("quarantined", "Stop")
        env.flush_all()

    def outcome(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            lot = env["stock.lot"].browse(self.ids["lot"])
            return lot.disposition, env["stock.move"].browse(self.ids["move"]).state

    def test_shipment_that_began_before_the_hold_was_committed_is_not_done(self):
        with self.registry.cursor() as shipping, mute_logger("odoo.sql_db"):
            shipping.execute("SELECT 1 FROM stock_lot LIMIT 1")  # its snapshot
            with self.registry.cursor() as holding:
                self.hold(holding)
            with self.assertRaises((SerializationFailure, LotOnHoldError)):
                self.ship(shipping)
            shipping.rollback()
        self.assertEqual(self.outcome()[0], "quarantined")
        self.assertNotEqual(self.outcome()[1], "done")

    def test_hold_waits_for_a_shipment_under_way(self):
        failures = []

        def hold_in_another_thread():
            try:
                with self.registry.cursor() as holding:
                    self.hold(holding)
            except SerializationFailure as error:
                failures.append(error)  # Odoo would run the request again

        with self.registry.cursor() as shipping, mute_logger("odoo.sql_db"):
            self.ship(shipping)
            thread = threading.Thread(target=hold_in_another_thread)
            thread.start()
            thread.join(1)
            self.assertTrue(thread.is_alive(), "the hold did not wait")
            shipping.commit()
            thread.join(30)
        self.assertFalse(thread.is_alive())
        if failures:
            with self.registry.cursor() as holding:
                self.hold(holding)
        self.assertEqual(self.outcome(), ("quarantined", "done"))
