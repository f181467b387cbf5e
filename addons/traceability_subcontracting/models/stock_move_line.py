from odoo import api, models
from odoo.tools import SQL


class StockMoveLine(models.Model):
    """What a subcontractor delivers is received, though core books it inside."""

    _inherit = "stock.move.line"

    @api.model
    def _get_movement_source(self):
        return SQL(
            """CASE WHEN move.is_subcontract AND move.picking_id IS NOT NULL
                    THEN 'supplier' ELSE %s END""",
            super()._get_movement_source(),
        )

    @api.model
    def _get_drop_condition(self, move, source):
        return SQL(
            "(%s OR %s.is_subcontract)", super()._get_drop_condition(move, source), move
        )
