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

    def _get_trace_moments(self):
        # Whoever corrects a line writes its edges, and may have no right to reports.
        reported = [line.move_id.mes_event_id.occurred_at for line in self.sudo()]
        return [
            said or moment
            for said, moment in zip(reported, super()._get_trace_moments(), strict=True)
        ]

    def _find_redated(self, moment):
        """What a report moved is dated by the report, whatever Odoo stamps on it.

        Edges and ledger say so from the start: nothing of an order is written anew for
        each of its reports, nor when it closes. A scrap learns of its report afterwards.
        """
        redated = super()._find_redated(moment)
        return redated.filtered(
            lambda line: line.move_id.scrap_id or not line.move_id.mes_event_id
        )
