from math import isfinite

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import capability, verdict
from .quality_defect_code import SEVERITY

CHARTED = 200  # values; more would be a wall


class QualityCharacteristic(models.Model):
    """One thing to look at: measured within limits, or judged."""

    _name = "quality.characteristic"
    _inherit = "integration.own.company.mixin"
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
    severity = fields.Selection(
        SEVERITY,
        required=True,
        default="major",
        help="One item that fails a critical characteristic fails the lot, whatever "
        "the sampling accepts.",
    )
    sample_size = fields.Integer(
        string="Samples",
        help="0: as many as the plan draws. A test that destroys its "
        "sample may take fewer.",
    )
    defect_code_ids = fields.Many2many(
        "quality.defect.code", help="What usually is wrong with it."
    )
    on_certificate = fields.Boolean(help="Must be on the supplier's certificate.")
    requirement = fields.Char(compute="_compute_requirement")
    run_chart = fields.Json(compute="_compute_run_chart")

    _code_unique = models.Constraint(
        "UNIQUE(plan_id, code)", "A plan names each characteristic once."
    )
    _sample_size_not_negative = models.Constraint(
        "CHECK(sample_size >= 0)", "The number of samples cannot be negative."
    )
    _decimals_sensible = models.Constraint(
        "CHECK(decimals BETWEEN 0 AND 9)", "Decimals are between 0 and 9."
    )

    @api.depends(
        *("kind", "minimum", "maximum", "has_minimum", "has_maximum"),
        *("unit", "decimals"),
    )
    def _compute_requirement(self):
        for one in self:
            one.requirement = one._describe_requirement()

    def _describe_requirement(self):
        self.ensure_one()
        if self.kind == "attributive":
            return self.env._("conforming")
        low, high = self._format(self.minimum), self._format(self.maximum)
        if self.has_minimum and self.has_maximum:
            limits = f"{low} – {high}"
        else:
            limits = f"≥ {low}" if self.has_minimum else f"≤ {high}"
        return f"{limits} {self.unit or ''}".strip()

    def _format(self, value):
        """Write a value with the decimals asked for, and never fewer than it has."""
        shortest = f"{value:.9f}".rstrip("0").partition(".")[2]
        return f"{value:.{max(len(shortest), self.decimals)}f}"

    @api.constrains("kind", "minimum", "maximum", "has_minimum", "has_maximum")
    def _check_limits(self):
        for characteristic in self.filtered(lambda c: c.kind == "measured"):
            if not (characteristic.has_minimum or characteristic.has_maximum):
                raise ValidationError(
                    self.env._(
                        "'%s' is measured and needs a limit.", characteristic.name
                    )
                )
            if not isfinite(characteristic.minimum + characteristic.maximum):
                raise ValidationError(
                    self.env._("The limits of '%s' are no numbers.", characteristic.name)
                )
            both = characteristic.has_minimum and characteristic.has_maximum
            if both and characteristic.minimum > characteristic.maximum:
                raise ValidationError(
                    self.env._(
                        "The lower limit of '%s' is above the upper one.",
                        characteristic.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        plans = self.env["quality.inspection.plan"].browse(
            {vals["plan_id"] for vals in vals_list if vals.get("plan_id")}
        )
        plans._check_not_in_use()
        return super().create(vals_list)

    def write(self, vals):
        self.plan_id._check_not_in_use()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        self.plan_id._check_not_in_use()

    def _prepare_characteristic(self, samples):
        """Return it as ``lib.verdict.Characteristic``.

        :param samples: what the plan draws.
        """
        self.ensure_one()
        measured = self.kind == "measured"
        return verdict.Characteristic(
            code=self.code,
            name=self.name,
            lower=self.minimum if measured and self.has_minimum else None,
            upper=self.maximum if measured and self.has_maximum else None,
            unit=self.unit or "",
            samples=self._get_sample_count(samples),
            critical=self.severity == "critical",
        )

    def _get_sample_count(self, samples):
        self.ensure_one()
        return min(self.sample_size, samples) if self.sample_size else samples

    # Run chart -------------------------------------------------------------

    def _compute_run_chart(self):
        for one in self:
            one.run_chart = one._prepare_run_chart() if one.kind == "measured" else {}

    def _prepare_run_chart(self):
        """Return the last values of all versions of the plan, as they were measured, with Cpk.

        ``{"points": [{"value", "label", "ok"}], "mean", "cpk", "signals": [place] …}``
        """
        self.ensure_one()
        results = self.env["quality.inspection.result"].search(
            [
                ("characteristic_id.code", "=", self.code),
                ("characteristic_id.plan_id.origin_id", "=", self.plan_id.origin_id.id),
                # Values in another unit would be compared with limits in this one.
                ("characteristic_id.unit", "in", [self.unit] if self.unit else [False, ""]),
                ("is_entered", "=", True),
                ("kind", "=", "measured"),
                ("inspection_id.state", "!=", "cancelled"),
            ],
            order="id desc",
            limit=CHARTED,
        ).sorted(lambda one: (one.measured_at or one.create_date, one.id))
        plain = self._prepare_characteristic(1)
        values = results.mapped("value")
        chart = capability.describe(values, lower=plain.lower, upper=plain.upper)
        return {
            **vars(chart),
            "signals": list(chart.signals),
            "lower": plain.lower,
            "upper": plain.upper,
            "unit": plain.unit,
            "decimals": self.decimals,
            "points": [
                {
                    "value": result.value,
                    "label": f"{result.inspection_id.lot_id.name or ''} "
                    f"({result.inspection_id.name})",
                    "ok": result.is_conforming,
                }
                for result in results
            ],
        }
