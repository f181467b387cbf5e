from odoo import api, models
from odoo.tools import SQL


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model
    def _get_movement_columns(self):
        return {
            **super()._get_movement_columns(),
            "purchase_order_id": SQL(
                """(SELECT purchase.order_id FROM stock_move bought
                      JOIN purchase_order_line purchase
                        ON purchase.id = bought.purchase_line_id
                     WHERE bought.id = movement.move_id)"""
            ),
        }
