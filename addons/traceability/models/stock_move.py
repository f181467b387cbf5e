from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._record_traceability()
        return moves

    def _record_traceability(self):
        """Write genealogy and ledger of finished moves, in their transaction.

        Safe to repeat: what is on record stays as it is, what has changed is corrected.
        """
        # The graph and the ledger have no other writer: whoever may move stock adds to
        # them by doing so, and nobody by hand.
        done = self.sudo().filtered(lambda move: move.state == "done")
        done.move_line_ids._record_traceability()
        (done.raw_material_production_id | done.production_id)._record_traceability()
