from odoo import api, fields, models

from ..lib import verdict


class QualityInspectionResult(models.Model):
    """One result of one sample."""

    _name = "quality.inspection.result"
    _description = "Inspection Result"
    _order = "inspection_id, sequence, characteristic_id, sample_number"

    inspection_id = fields.Many2one(
        "quality.inspection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="inspection_id.company_id", store=True, index=True
    )
    characteristic_id = fields.Many2one(
        "quality.characteristic", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="characteristic_id.sequence", store=True)
    kind = fields.Selection(related="characteristic_id.kind")
    unit = fields.Char(related="characteristic_id.unit")
    sample_number = fields.Integer(string="Sample", default=1, required=True)
    value = fields.Float(digits=0)
    judgement = fields.Selection([("pass", "Pass"), ("fail", "Fail")])
    is_entered = fields.Boolean(
        compute="_compute_is_entered",
        store=True,
        readonly=False,
        help="A value of zero is a result too, once it was entered.",
    )
    is_conforming = fields.Boolean(compute="_compute_is_conforming", store=True)
    source = fields.Char(help="Inspector or laboratory.")
    measured_at = fields.Datetime()

    _sample_unique = models.Constraint(
        "UNIQUE(inspection_id, characteristic_id, sample_number)",
        "This sample has a result for this characteristic already.",
    )

    @api.depends("value", "judgement")
    def _compute_is_entered(self):
        for result in self:
            result.is_entered = (
                result.is_entered or bool(result.value) or bool(result.judgement)
            )

    @api.depends(
        "value",
        "judgement",
        "is_entered",
        "characteristic_id.minimum",
        "characteristic_id.maximum",
        "characteristic_id.has_minimum",
        "characteristic_id.has_maximum",
        "characteristic_id.kind",
    )
    def _compute_is_conforming(self):
        for result in self:
            characteristic = result.characteristic_id
            result.is_conforming = bool(
                characteristic
                and result.is_entered
                and verdict.is_conforming(
                    characteristic._prepare_characteristic(1), result._prepare_reading()
                )
            )

    def _prepare_reading(self):
        """Return it as ``lib.verdict.Reading``."""
        self.ensure_one()
        if self.kind == "measured":
            return verdict.Reading(value=self.value)
        return verdict.Reading(conforming=self.judgement == "pass")
