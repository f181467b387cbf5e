from odoo import api, models
from odoo.tools import SQL


class StockMoveLine(models.Model):
    """What a report moved happened when the report says; Odoo stamps the posting."""

    _inherit = "stock.move.line"

    @api.model
    def _get_movement_moment(self):
        return SQL(
            """COALESCE((SELECT occurred_at FROM mes_event
                          WHERE mes_event.id = move.mes_event_id), %s)""",
            super()._get_movement_moment(),
        )

    def _get_trace_moment(self):
        # Whoever corrects a line writes its edges, and may have no right to reports.
        return self.move_id.sudo().mes_event_id.occurred_at or super()._get_trace_moment()
