from odoo import api, models
from odoo.tools import SQL


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model
    def _get_transformation_condition(self):
        return SQL(
            "(%s OR move.repair_line_type IS NOT NULL AND move.scrap_id IS NULL)",
            super()._get_transformation_condition(),
        )

    @api.model
    def _get_transformation_sources(self):
        repair = SQL(
            """CASE WHEN move.repair_line_type IS NOT NULL AND move.scrap_id IS NULL
                    THEN move.repair_id END"""
        )
        return [
            ("repair", "repair.order", repair),
            *super()._get_transformation_sources(),
        ]
