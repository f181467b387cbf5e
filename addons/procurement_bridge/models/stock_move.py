from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_unadvised_quantity(self):
        """Return what is expected and neither advised nor counted yet, in our unit."""
        self.ensure_one()
        taken = self.move_line_ids.filtered(lambda line: not line.is_prefilled)
        return self.product_qty - sum(taken.mapped("quantity_product_uom"))
