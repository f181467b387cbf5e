from odoo import models

PRODUCTIONS_MAX = 50
OPEN_STATES = ("confirmed", "progress", "to_close")


class IntegrationException(models.Model):
    """Which production an open question touches: the orders it names, and those that
    wait for its items."""

    _inherit = "integration.exception"

    def _find_impacts(self, messages):
        impacts = super()._find_impacts(messages)
        named = self._find_named_productions(messages)
        products = self._find_affected_products(messages)
        waiting = self.env["stock.move"].search(
            [
                ("product_id", "in", products.ids),
                ("raw_material_production_id.state", "in", OPEN_STATES),
                ("company_id", "=", self.company_id.id),
                ("state", "not in", ("done", "cancel")),
            ],
            order="date",
            limit=PRODUCTIONS_MAX,
        )
        return impacts + [
            self._prepare_impact_vals(
                "production",
                production,
                starts_at=production.date_start,
                quantity=production.product_qty,
            )
            for production in named | waiting.raw_material_production_id
        ]

    def _find_affected_products(self, messages):
        products = super()._find_affected_products(messages)
        return products | self._find_named_productions(messages).product_id

    def _find_named_productions(self, messages):
        names = self._find_codes(messages, "order")
        orders = self.env["mes.order"].search(
            [("name", "in", names), ("company_id", "=", self.company_id.id)]
        )
        return (orders | self.mes_order_id).production_id
