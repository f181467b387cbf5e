from odoo import models

from odoo.addons.integration_core.lib.envelope import write_moment


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        """Publish each order that becomes binding here."""
        before = self.filtered(lambda order: order.state == "sale")
        result = super().action_confirm()
        confirmed = self.filtered(lambda order: order.state == "sale") - before
        self.env["integration.message"]._announce(
            "sales.order.confirmed",
            confirmed,
            lambda order: order._prepare_confirmed_payload(),
        )
        return result

    def _prepare_confirmed_payload(self):
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        wanted = self.commitment_date
        return {
            "order": self.name,
            "partner": self.partner_id.ref or self.partner_id.name,
            "reference": self.client_order_ref or None,
            "ordered_at": write_moment(self.date_order),
            "wanted_at": write_moment(wanted) if wanted else None,
            "currency": self.currency_id.name,
            "amount_total": self.amount_total,
            "lines": [
                {
                    "item": line.product_id._get_item_code(),
                    "quantity": line.product_uom_qty,
                    "unit": line.product_uom_id.name,
                    "price_unit": line.price_unit,
                }
                for line in lines
            ],
        }
