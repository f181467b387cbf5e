from odoo import Command
from odoo.tests import tagged

from odoo.addons.integration_core.lib.handling import CONTEXT_KEY, Handling
from odoo.addons.integration_core.tests.common import IntegrationCase

EVENT = "purchase.order.changed"


@tagged("post_install", "-at_install")
class TestEvents(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscribe(EVENT)
        product = cls.env["product.product"].create(
            {"name": "Plate", "default_code": "PL-1", "is_storable": True}
        )
        cls.order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Acme"}).id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_qty": 4, "price_unit": 2}
                    )
                ],
            }
        )

    def changes(self):
        """Return what was published since the last commit, as if one came now."""
        before = self.published(EVENT, self.order)
        self.env.cr.precommit.run()
        found = self.published(EVENT, self.order) - before
        return [message.payload["change"] for message in found]

    def test_each_transaction_publishes_the_order_once(self):
        self.order.order_line.product_qty = 5
        self.assertEqual(self.changes(), [])  # a quotation binds nobody
        self.order.button_confirm()
        self.order.order_line.product_qty = 6
        self.assertEqual(self.changes(), ["confirmed"])
        self.order.order_line.product_qty = 7
        self.order.order_line.price_unit = 3
        self.assertEqual(self.changes(), ["changed"])
        message = self.published(EVENT, self.order)[-1]
        self.assertEqual(message.payload["lines"][0]["quantity"], 7)
        self.assertEqual(message.payload["lines"][0]["price_unit"], 3)
        self.order.note = "<p>Not the supplier's business</p>"
        self.assertEqual(self.changes(), [])
        self.order.button_cancel()
        self.assertEqual(self.changes(), ["cancelled"])

    def test_each_order_is_published_with_what_caused_its_change(self):
        orders = self.order | self.order.copy()
        orders.button_confirm()
        self.env.cr.precommit.run()
        handling = Handling()
        there = orders.with_context(**{CONTEXT_KEY: handling})
        for number, order in enumerate(orders):
            handling.cause = {"uuid": f"cause-{number}", "correlation_id": f"chain-{number}"}
            there.browse(order.id).date_planned = "2026-12-24"
            handling.clear()
        self.env.cr.precommit.run()
        for number, order in enumerate(orders):
            message = self.published(EVENT, order)[-1]
            self.assertEqual(message.causation_id, f"cause-{number}")
            self.assertEqual(message.correlation_id, f"chain-{number}")
