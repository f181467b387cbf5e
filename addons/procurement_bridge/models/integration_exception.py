from odoo import models


class IntegrationException(models.Model):
    """Which purchase orders an open question touches, and the items they bring."""

    _inherit = "integration.exception"

    def _find_impacts(self, messages):
        impacts = super()._find_impacts(messages)
        for order in self._find_named_purchases(messages):
            impacts.append(
                self._prepare_impact_vals("order", order, starts_at=order.date_planned)
            )
            impacts.append(self._prepare_impact_vals("supplier", order.partner_id))
        return impacts

    def _find_affected_products(self, messages):
        products = super()._find_affected_products(messages)
        return products | self._find_named_purchases(messages).order_line.product_id

    def _find_named_purchases(self, messages):
        return self.env["purchase.order"].search(
            [
                ("name", "in", self._find_codes(messages, "purchase_order")),
                ("company_id", "=", self.company_id.id),
            ]
        )
