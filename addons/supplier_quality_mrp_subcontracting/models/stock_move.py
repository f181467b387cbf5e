from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_supplied(self):
        """Odoo keeps subcontractors as internal places; the receipt says what it is."""
        return super()._is_supplied() or (
            self.is_subcontract and not self.location_dest_id.is_subcontract()
        )
