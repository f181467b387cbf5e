from odoo import api, models


class LotDispositionPermit(models.Model):
    _inherit = "lot.disposition.permit"

    @api.model
    def _selection_order_ref(self):
        return [
            *super()._selection_order_ref(),
            ("repair.order", self.env._("Repair order")),
        ]
