from odoo import models


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _get_trace_partner(self):
        """Return the subcontractor: a recall by supplier starts from what it made."""
        return self.subcontractor_id or super()._get_trace_partner()
