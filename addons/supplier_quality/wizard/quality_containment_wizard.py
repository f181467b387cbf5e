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
        compute="_compute_lot_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'in', lot_ids)] if picking_id else []",
    )
    product_ids = fields.Many2many(
        "product.product", compute="_compute_lot_ids", string="Received products"
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        compute="_compute_product_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'in', product_ids)] if picking_id else []",
    )
    scope = fields.Selection(SCOPE, required=True, default="lot", string="Contain")
    severity = fields.Selection(SEVERITY, required=True, default="major")
    defect_code_ids = fields.Many2many("quality.defect.code", string="Defects")
    description = fields.Char(required=True)

    @api.depends("picking_id")
    def _compute_lot_ids(self):
        for wizard in self:
            lines = wizard.picking_id.move_ids.move_line_ids
            wizard.lot_ids = lines.lot_id
            wizard.product_ids = lines.product_id

    @api.depends("picking_id")
    def _compute_lot_id(self):
        for wizard in self:
            received = wizard.picking_id.move_ids.move_line_ids.lot_id
            wizard.lot_id = wizard.lot_id or received[:1]

    @api.depends("lot_id", "picking_id")
    def _compute_product_id(self):
        for wizard in self:
            received = wizard.picking_id.move_ids.move_line_ids.product_id
            wizard.product_id = (
                wizard.lot_id.product_id or wizard.product_id or received[:1]
            )

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
        lines = picking.move_ids.move_line_ids.filtered(
            lambda line: line.product_id == self.product_id
        )
        received = sum(lines.mapped("quantity_product_uom"))
        return {
            "product_id": self.product_id.id,
            "lot_id": lot.id,
            "picking_id": picking.id,
            "partner_id": picking.partner_id.commercial_partner_id.id,
            # A stock that went below zero keeps nobody from containing.
            "quantity": max(0, lot.product_qty) if lot else received,
            "company_id": (lot.company_id or picking.company_id or self.env.company).id,
            "scope": self.scope,
            "severity": self.severity,
            "defect_code_ids": self.defect_code_ids.ids,
            "description": self.description,
        }
