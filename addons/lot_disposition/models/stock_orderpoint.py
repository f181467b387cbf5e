from odoo import models


class StockWarehouseOrderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    def _get_orderpoint_action(self):
        """What is on hold, and not expected to be released, is missing as well.

        Odoo looks at all that is there to find what may be missing, before it asks for the
        forecast of that.
        """
        planning = self.with_context(lot_disposition_expected=True)
        action = super(StockWarehouseOrderpoint, planning)._get_orderpoint_action()
        return dict(action, context=self.env.context)
