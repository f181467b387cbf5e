from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _get_lot_use(self, destination, *, scrap=False):
        """A subcontractor is elsewhere, though Odoo calls that place an internal one."""
        use = super()._get_lot_use(destination, scrap=scrap)
        there, goes = self.is_subcontract(), destination.is_subcontract()
        if use == "internal" and goes and not there:
            return "transfer_out"
        comes_back = use in ("internal", "to_quarantine") and there and not goes
        return "inbound" if comes_back else use
