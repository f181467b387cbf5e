from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import verdict


class QualityCharacteristic(models.Model):
    """One thing to look at: measured within limits, or judged."""

    _name = "quality.characteristic"
    _description = "Characteristic"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        "quality.inspection.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, help="What a laboratory system calls it.")
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [("measured", "Measured"), ("attributive", "Pass or fail")],
        required=True,
        default="measured",
    )
    has_minimum = fields.Boolean(string="Lower limit", default=True)
    minimum = fields.Float(digits=0)
    has_maximum = fields.Boolean(string="Upper limit", default=True)
    maximum = fields.Float(digits=0)
    unit = fields.Char()
    decimals = fields.Integer(default=2)
    method = fields.Char(help="How it is measured, or the test standard.")

    _code_unique = models.Constraint(
        "UNIQUE(plan_id, code)", "A plan names each characteristic once."
    )

    @api.constrains("kind", "minimum", "maximum", "has_minimum", "has_maximum")
    def _check_limits(self):
        for characteristic in self.filtered(lambda c: c.kind == "measured"):
            if not (characteristic.has_minimum or characteristic.has_maximum):
                raise ValidationError(
                    self.env._(
                        "'%s' is measured and needs a limit.", characteristic.name
                    )
                )
            both = characteristic.has_minimum and characteristic.has_maximum
            if both and characteristic.minimum > characteristic.maximum:
                raise ValidationError(
                    self.env._(
                        "The lower limit of '%s' is above the upper one.",
                        characteristic.name,
                    )
                )

    def _prepare_characteristic(self, samples):
        """Return it as ``lib.verdict.Characteristic``."""
        self.ensure_one()
        measured = self.kind == "measured"
        return verdict.Characteristic(
            code=self.code,
            name=self.name,
            lower=self.minimum if measured and self.has_minimum else None,
            upper=self.maximum if measured and self.has_maximum else None,
            unit=self.unit or "",
            samples=samples,
        )
