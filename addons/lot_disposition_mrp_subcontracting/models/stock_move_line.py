from odoo import models

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.models.stock_move_line import STOPPED


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _send_to_quarantine(self):
        """What a subcontractor sends and is stopped comes in to quarantine or not at all.

        The database knows that place as an internal one and would refuse it without a
        word on the way out.
        """
        result = super()._send_to_quarantine()
        for line in self._filter_held():
            lot = line.lot_id.sudo()  # what stops goods does so whoever receives them
            comes_in = line.location_id.is_subcontract() and (
                line._get_lot_use() == "inbound"
            )
            if comes_in and lot.disposition in STOPPED and (
                not line.location_dest_id.in_quarantine
            ):
                raise LotOnHoldError(lot._prepare_refusal("internal"))
        return result
