from odoo import models


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "quality.vendor.check.mixin"]

    def button_confirm(self):
        self.filtered(lambda o: o.state in ("draft", "sent"))._check_vendor_list()
        return super().button_confirm()

    def button_approve(self, force=False):
        """Approving confirms, also a draft that was never asked for confirmation."""
        waiting = self.filtered(lambda order: order.state != "purchase")
        waiting._check_vendor_list(tell=False)
        return super().button_approve(force=force)

    def _find_vendor_problems(self):
        self.ensure_one()
        if not self.partner_id:
            return {}
        return self.env["quality.approved.vendor"]._find_problems(
            self.partner_id, self.order_line.product_id, self.company_id
        )
