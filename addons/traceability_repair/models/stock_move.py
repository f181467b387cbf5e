from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_trace_source(self):
        if self.repair_line_type and not self.scrap_id:
            return self.repair_id
        return super()._get_trace_source()
