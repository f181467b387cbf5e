from odoo import fields, models

from ..models.lot_disposition_entry import STATUS


class LotDispositionWizard(models.TransientModel):
    """Asks for the reason before a disposition changes."""

    _name = "lot.disposition.wizard"
    _description = "Change Disposition"

    lot_ids = fields.Many2many("stock.lot", required=True, string="Lots")
    status = fields.Selection(STATUS, required=True, string="New disposition")
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        self.lot_ids._set_disposition(self.status, self.reason)
        return {"type": "ir.actions.act_window_close"}
