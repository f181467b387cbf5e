from odoo import api, fields, models

from ..models.quality_defect_code import SEVERITY
from ..models.quality_nonconformance import SCOPE


class QualityContainmentWizard(models.TransientModel):
    """From a receipt or lot to a contained nonconformance: what, how bad, how far."""

    _name = "quality.containment.wizard"
    _description = "Report and Contain"

    picking_id = fields.Many2one("stock.picking")
    lot_ids = fields.Many2many(
        "stock.lot", compute="_compute_lot_ids", string="Received lots"
    )
    lot_id = fields.Many2one(
        "stock.lot",
        required=True,
        compute="_compute_lot_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'in', lot_ids)] if picking_id else []",
    )
    scope = fields.Selection(SCOPE, required=True, default="lot", string="Contain")
    severity = fields.Selection(SEVERITY, required=True, default="major")
    defect_code_ids = fields.Many2many("quality.defect.code", string="Defects")
    description = fields.Char(required=True)

    @api.depends("picking_id")
    def _compute_lot_ids(self):
        for wizard in self:
            wizard.lot_ids = wizard.picking_id.move_ids.move_line_ids.lot_id

    @api.depends("picking_id")
    def _compute_lot_id(self):
        for wizard in self:
            received = wizard.picking_id.move_ids.move_line_ids.lot_id
            wizard.lot_id = wizard.lot_id or received[:1]

    def action_contain(self):
        """Open the nonconformance and quarantine what is in scope."""
        self.ensure_one()
        nonconformance = self.env["quality.nonconformance"].create(
            self._prepare_nonconformance_vals()
        )
        nonconformance.action_contain()
        return nonconformance._get_records_action()

    def _prepare_nonconformance_vals(self):
        picking = self.picking_id
        lot = self.lot_id
        return {
            "product_id": lot.product_id.id,
            "lot_id": lot.id,
            "picking_id": picking.id,
            "partner_id": picking.partner_id.commercial_partner_id.id,
            "quantity": lot.product_qty,
            "company_id": (lot.company_id or picking.company_id or self.env.company).id,
            "scope": self.scope,
            "severity": self.severity,
            "defect_code_ids": self.defect_code_ids.ids,
            "description": self.description,
        }
