from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _get_inspection_operation(self):
        """What is made at a subcontractor's is inspected when it is received."""
        made_elsewhere = self.move_id.production_id.subcontractor_id
        return None if made_elsewhere else super()._get_inspection_operation()
