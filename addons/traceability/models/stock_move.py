from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Write genealogy and ledger in the transaction that moves the stock."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves.move_line_ids._write_traceability()
        return moves
