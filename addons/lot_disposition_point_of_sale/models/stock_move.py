from odoo import models

from odoo.addons.lot_disposition.exceptions import LotOnHoldError


class StockMove(models.Model):
    _inherit = "stock.move"

    def _add_mls_related_to_order(self, related_order_lines, are_qties_done=True):
        """A session closes also when goods were stopped after they were sold.

        What is on hold is left unbooked, for somebody to look into.
        """
        try:
            with self.env.cr.savepoint():
                return super()._add_mls_related_to_order(
                    related_order_lines, are_qties_done
                )
        except LotOnHoldError:
            if len(self) == 1:
                # What Odoo reserved by itself is not what was handed over.
                self.move_line_ids.unlink()
                return None
        for move in self:
            move._add_mls_related_to_order(
                related_order_lines.filtered(
                    lambda line, move=move: line.product_id == move.product_id
                ),
                are_qties_done,
            )
        return None
