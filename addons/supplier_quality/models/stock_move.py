from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_supplied(self):
        """Hook: tell whether a supplier brings what this moves."""
        self.ensure_one()
        return self.location_id.usage == "supplier"
