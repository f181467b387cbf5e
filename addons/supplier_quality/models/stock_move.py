from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Whatever way a receipt is validated, in part or in whole, it ends here."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._request_inspections()
        return moves

    def _request_inspections(self):
        """Create the inspections of received lots; the lots become pending at once.

        One per lot and receipt. A lot that comes again in a later receipt is inspected
        again: what arrived later has not been looked at.
        """
        quantities = {}
        for line in self.move_line_ids:
            if line._needs_inspection():
                key = (line.picking_id, line.lot_id)
                quantities[key] = quantities.get(key, 0) + line.quantity_product_uom
        for (picking, lot), quantity in quantities.items():
            picking._request_inspection(lot, quantity)
