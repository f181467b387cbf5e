from odoo import models


class ReportStockQuantity(models.Model):
    _inherit = "report.stock.quantity"

    def _get_product_qty_col(self):
        """Expiration says what counts without asking others: leave out what is held."""
        return self._leave_out_held(super()._get_product_qty_col())
