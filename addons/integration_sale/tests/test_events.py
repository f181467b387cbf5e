from odoo import Command
from odoo.tests import tagged

from odoo.addons.integration_core.tests.common import IntegrationCase

EVENT = "sales.order.confirmed"


@tagged("post_install", "-at_install")
class TestEvents(IntegrationCase):
    def order(self):
        partner = self.env["res.partner"].create({"name": "Rail Works", "ref": "RW"})
        product = self.env["product.product"].create(
            {"name": "Bracket", "default_code": "BR-1", "type": "consu"}
        )
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 3}),
                    Command.create({"display_type": "line_note", "name": "Thanks"}),
                ],
            }
        )

    def test_confirmed_order_is_published_once(self):
        self.subscribe(EVENT)
        order = self.order()
        self.assertFalse(self.published(EVENT, order))
        order.action_confirm()
        message = self.published(EVENT, order)
        self.assertEqual(message.payload["partner"], "RW")
        self.assertEqual(
            [(line["item"], line["quantity"]) for line in message.payload["lines"]],
            [("BR-1", 3)],
        )
        self.assertTrue(message.delivery_ids)

    def test_what_nobody_awaits_is_not_published(self):
        order = self.order()
        order.action_confirm()
        self.assertFalse(self.published(EVENT, order))
