from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _get_lot_use(self, destination, *, scrap=False):
        """A subcontractor is elsewhere, though Odoo calls that place an internal one."""
        use = super()._get_lot_use(destination, scrap=scrap)
        leaves = destination.is_subcontract() and not self.is_subcontract()
        return "transfer_out" if use == "internal" and leaves else use
