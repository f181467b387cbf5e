from odoo import models


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _check_preconditions(self):
        """An order is not given lots that it must not use.

        :raises LotOnHoldError: names lot, status, reason and way out.
        """
        result = super()._check_preconditions()
        self.move_raw_ids.move_line_ids._check_lot_use()
        return result
