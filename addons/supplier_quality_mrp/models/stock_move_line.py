from odoo import models

from odoo.addons.supplier_quality.models.stock_move_line import STOCKED


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _get_inspection_operation(self):
        """What an order produces is inspected by plans for production output."""
        operation = super()._get_inspection_operation()
        produced = (
            self.move_id.production_id
            and self.location_dest_id.usage in STOCKED
            and self.product_uom_id.compare(self.quantity, 0) > 0
        )
        return operation or ("production" if produced else None)
