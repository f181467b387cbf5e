from odoo import api, fields, models

from ..lib.decision import RELEASING
from ..models.lot_disposition_entry import STATUS


class LotDispositionWizard(models.TransientModel):
    """Asks for the reason before a disposition changes."""

    _name = "lot.disposition.wizard"
    _inherit = "lot.disposition.sign.mixin"
    _description = "Change Disposition"

    lot_ids = fields.Many2many("stock.lot", string="Lots")
    package_ids = fields.Many2many("stock.package", string="Packages")
    location_ids = fields.Many2many("stock.location", string="Places")
    status = fields.Selection(STATUS, required=True, string="New disposition")
    reason = fields.Char(required=True)
    needs_signature = fields.Boolean(compute="_compute_needs")
    needs_second_person = fields.Boolean(compute="_compute_needs")

    @api.depends("lot_ids", "package_ids", "location_ids", "status")
    def _compute_needs(self):
        for wizard in self:
            held = (*wizard.lot_ids, *wizard.package_ids, *wizard.location_ids)
            releases = wizard.status in RELEASING
            rules = [one._get_release_rule() for one in held if releases]
            wizard.needs_second_person = any(people > 1 for people, _signed in rules)
            wizard.needs_signature = any(signed for _people, signed in rules)

    def action_apply(self):
        self.ensure_one()
        signature = self._sign() if self.needs_signature else None
        for records in (self.lot_ids, self.package_ids, self.location_ids):
            records._set_disposition(self.status, self.reason, signature=signature)
        return {"type": "ir.actions.act_window_close"}
