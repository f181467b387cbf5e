from odoo import api, models


class LotDispositionPermit(models.Model):
    _inherit = "lot.disposition.permit"

    @api.model
    def _selection_order_ref(self):
        return [
            *super()._selection_order_ref(),
            ("mrp.production", self.env._("Production order")),
        ]
