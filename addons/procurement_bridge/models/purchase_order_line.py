from odoo import api, models

# What a supplier has to know of; the rest is Odoo's own bookkeeping.
AGREED = {"product_id", "product_qty", "product_uom_id", "price_unit", "date_planned"}


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._note_change("changed")
        return lines

    def write(self, vals):
        result = super().write(vals)
        if AGREED & set(vals):
            self.order_id._note_change("changed")
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders.exists()._note_change("changed")
        return result
