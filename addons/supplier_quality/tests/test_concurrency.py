"""Receipts, results and verdicts at the same moment, with real transactions."""

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Odoo runs a request again after a serialization failure; so do these tests."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self.ids = self.prepare(self.environment(cr))
        self.addCleanup(self.clean_up)

    def environment(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def prepare(self, env):
        product = env["product.product"].create(
            {"name": "Concurrent resin", "is_storable": True, "tracking": "lot"}
        )
        plan = env["quality.inspection.plan"].create(
            {
                "name": "Concurrent resin",
                "product_id": product.id,
                "characteristic_ids": [
                    Command.create({"code": code, "name": code, "kind": "attribute"})
                    for code in ("LOOK", "SMELL")
                ],
            }
        )
        lot = env["stock.lot"].create({"name": "RACE", "product_id": product.id})
        self.ids = {"product": product.id, "plan": plan.id, "lot": lot.id}
        self.receive(env)
        lot.inspection_ids.action_start()
        return dict(self.ids, inspection=lot.inspection_ids.id)

    def clean_up(self):
        with self.registry.cursor() as cr:
            env = self.environment(cr)
            inspections = env["stock.lot"].browse(self.ids["lot"]).inspection_ids
            inspections.filtered(lambda one: one._is_open()).action_cancel()
            env["quality.inspection.plan"].browse(self.ids["plan"]).active = False
            env["product.product"].browse(self.ids["product"]).active = False

    def receive(self, env):
        product = env["product.product"].browse(self.ids["product"])
        suppliers = env.ref("stock.stock_location_suppliers")
        stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
        move = env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom": product.uom_id.id,
                "product_uom_qty": 5,
                "location_id": suppliers.id,
                "location_dest_id": stock.id,
            }
        )
        move._action_confirm()
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "location_id": suppliers.id,
                    "location_dest_id": stock.id,
                    "lot_id": self.ids["lot"],
                    "quantity": 5,
                }
            )
        ]
        move.picked = True
        move._action_done()
        env.flush_all()

    def conclude(self, env):
        inspection = env["quality.inspection"].browse(self.ids["inspection"])
        inspection.result_ids.outcome = "pass"
        inspection.action_conclude()
        env.flush_all()

    def record(self, place):
        """Return a step that records one result, and concludes if it can."""

        def step(env):
            inspection = env["quality.inspection"].browse(self.ids["inspection"])
            inspection.result_ids[place].outcome = "pass"
            if inspection.verdict != "open":
                inspection.action_conclude()
            env.flush_all()

        return step

    def race(self, slow, fast):
        """Begin ``slow``, do all of ``fast`` meanwhile, then finish ``slow``."""
        with self.registry.cursor() as cr, mute_logger("odoo.sql_db"):
            cr.execute("SELECT 1 FROM stock_lot LIMIT 1")  # its snapshot
            with self.registry.cursor() as other:
                fast(self.environment(other))
            with self.assertRaises(SerializationFailure):
                slow(self.environment(cr))
            cr.rollback()
        with self.registry.cursor() as cr:
            slow(self.environment(cr))

    def outcome(self):
        with self.registry.cursor() as cr:
            env = self.environment(cr)
            lot = env["stock.lot"].browse(self.ids["lot"])
            states = lot.inspection_ids.sorted("id").mapped("state")
            return lot.disposition, states

    def test_verdict_does_not_release_what_came_in_meanwhile(self):
        self.race(self.conclude, self.receive)
        self.assertEqual(self.outcome(), ("pending", ["passed", "draft"]))

    def test_receipt_does_not_ride_on_a_release_of_that_moment(self):
        self.race(self.receive, self.conclude)
        self.assertEqual(self.outcome(), ("pending", ["passed", "draft"]))

    def test_last_of_two_results_finds_the_verdict(self):
        self.race(self.record(0), self.record(1))
        self.assertEqual(self.outcome(), ("released", ["passed"]))
