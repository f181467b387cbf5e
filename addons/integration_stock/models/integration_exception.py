from datetime import timedelta

from odoo import fields, models

# Beyond it, nobody changes today's work for an open question.
HORIZON_DAYS = 14
MOVES_MAX = 50


class IntegrationException(models.Model):
    """Which plants, items and customer deliveries an open question touches."""

    _inherit = "integration.exception"

    def _find_impacts(self, messages):
        impacts = super()._find_impacts(messages)
        impacts += [
            self._prepare_impact_vals("plant", plant)
            for plant in self.system_id.warehouse_ids
        ]
        products = self._find_affected_products(messages)
        impacts += [self._prepare_impact_vals("item", product) for product in products]
        return impacts + self._find_endangered_deliveries(products)

    def _find_affected_products(self, messages):
        """Return the items that what waits here is about, as far as they are known."""
        codes = self._find_codes(messages, "item")
        if not codes:
            return self.env["product.product"]
        found = self.env["integration.mapping"]._find_many(
            self.system_id, "item", codes
        )
        ids = {mapping.res_id for mapping in found.values()}
        return self.env["product.product"].browse(ids).exists()

    def _find_endangered_deliveries(self, products):
        """Return the customer deliveries of these items that are due soon."""
        moves = self.env["stock.move"].search(
            [
                ("product_id", "in", products.ids),
                ("state", "not in", ("done", "cancel", "draft")),
                ("location_dest_id.usage", "=", "customer"),
                ("company_id", "=", self.company_id.id),
                ("date", "<=", fields.Datetime.now() + timedelta(days=HORIZON_DAYS)),
            ],
            order="date",
            limit=MOVES_MAX,
        )
        return [
            self._prepare_impact_vals(
                "delivery",
                picking,
                starts_at=min(group.mapped("date")),
                quantity=sum(group.mapped("product_qty")),
                customer=picking.partner_id.commercial_partner_id.name,
            )
            for picking, group in moves.grouped("picking_id").items()
            if picking
        ]
