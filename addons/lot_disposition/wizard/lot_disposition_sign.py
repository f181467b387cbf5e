from odoo import fields, models


class LotDispositionSign(models.TransientModel):
    """Signs the approval of a release."""

    _name = "lot.disposition.sign"
    _inherit = "lot.disposition.sign.mixin"
    _description = "Sign a Release"

    request_id = fields.Many2one("lot.disposition.request", required=True)
    product_id = fields.Many2one(related="request_id.product_id")
    lot_id = fields.Many2one(related="request_id.lot_id")
    package_id = fields.Many2one(related="request_id.package_id")
    location_id = fields.Many2one(related="request_id.location_id")
    permit_id = fields.Many2one(related="request_id.permit_id")
    to_status = fields.Selection(related="request_id.to_status")
    reason = fields.Char(related="request_id.reason")

    def action_sign(self):
        self.ensure_one()
        self.request_id._approve(self._sign())
        return {"type": "ir.actions.act_window_close"}
