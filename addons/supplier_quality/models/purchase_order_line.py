from odoo import api, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_bought_later()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if "product_id" in vals:
            self._check_bought_later()
        return result

    def _check_bought_later(self):
        """What is added to an order after it was confirmed is bought as well."""
        for order, lines in self.grouped("order_id").items():
            if order.state == "purchase":
                before = (order.order_line - lines).product_id
                order._check_vendor_list(products=lines.product_id - before)
