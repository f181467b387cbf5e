from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # What moved since a moment, for stock as it was then.
    _done_date_index = models.Index("(date) WHERE state = 'done'")
