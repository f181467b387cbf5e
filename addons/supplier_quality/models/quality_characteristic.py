from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.entry import format_number
from ..lib.verdict import Limits, conforms


class QualityCharacteristic(models.Model):
    """One thing an inspection looks at: a measured value, or pass or fail."""

    _name = "quality.characteristic"
    _description = "Quality Characteristic"
    _order = "plan_id, sequence, id"
    _rec_names_search = ["name", "code"]

    plan_id = fields.Many2one(
        "quality.inspection.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(
        required=True, help="What other systems call it, for example MOISTURE."
    )
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [("measured", "Measured value"), ("attribute", "Pass or fail")],
        required=True,
        default="measured",
    )
    limit_type = fields.Selection(
        [
            ("range", "Between"),
            ("minimum", "At least"),
            ("maximum", "At most"),
        ],
        string="Limits",
        required=True,
        default="range",
    )
    min_value = fields.Float(string="Minimum", digits=0)
    max_value = fields.Float(string="Maximum", digits=0)
    unit = fields.Char(help="As on the certificate, for example % or mPa·s.")
    decimals = fields.Integer(
        default=1,
        help="For display. A value is compared with its limits as it was reported.",
    )
    instruction = fields.Char(
        translate=True, help="Method or hint for the inspector, for example ISO 3219."
    )
    requirement = fields.Char(compute="_compute_requirement")

    _code_unique = models.Constraint(
        "UNIQUE(plan_id, code)", "The plan has a characteristic with this code."
    )
    _decimals_in_reason = models.Constraint(
        "CHECK(decimals BETWEEN 0 AND 9)", "Use between 0 and 9 decimals."
    )

    @api.depends("kind", "limit_type", "min_value", "max_value", "unit", "decimals")
    def _compute_requirement(self):
        for characteristic in self:
            characteristic.requirement = characteristic._get_requirement_text()

    def _get_requirement_text(self):
        if self.kind == "attribute":
            return self.env._("Pass or fail")
        values = {
            "minimum": self._format_value(self.min_value),
            "maximum": self._format_value(self.max_value),
            "unit": self.unit or "",
        }
        sentences = {
            "range": self.env._("%(minimum)s to %(maximum)s %(unit)s", **values),
            "minimum": self.env._("at least %(minimum)s %(unit)s", **values),
            "maximum": self.env._("at most %(maximum)s %(unit)s", **values),
        }
        return sentences[self.limit_type].strip()

    def _format_value(self, value):
        """Write a value in the user's language, without grouping."""
        language = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return format_number(
            value, self.decimals, decimal_point=language.decimal_point or "."
        )

    def _conforms(self, value):
        """Tell whether a measured value is within the limits."""
        self.ensure_one()
        return conforms(value, Limits(self.limit_type, self.min_value, self.max_value))

    @api.constrains("kind", "limit_type", "min_value", "max_value")
    def _check_limits(self):
        for characteristic in self:
            if (
                characteristic.kind == "measured"
                and characteristic.limit_type == "range"
                and characteristic.min_value > characteristic.max_value
            ):
                raise ValidationError(
                    self.env._(
                        "%s: the minimum is greater than the maximum.",
                        characteristic.name,
                    )
                )

    @api.constrains("code")
    def _check_code(self):
        for characteristic in self:
            if characteristic.code != characteristic.code.strip():
                raise ValidationError(
                    self.env._(
                        "The code '%s' begins or ends with a space.",
                        characteristic.code,
                    )
                )

    # A verdict stands on the limits it was given: what was used is not edited.

    @api.model_create_multi
    def create(self, vals_list):
        characteristics = super().create(vals_list)
        characteristics.plan_id._check_not_in_use()
        return characteristics

    def write(self, vals):
        if vals.keys() - {"sequence", "instruction"}:
            self.plan_id._check_not_in_use()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.plan_id._check_not_in_use()

    def _prepare_payload(self):
        """Return the characteristic as laboratories are asked for it."""
        self.ensure_one()
        payload = {"code": self.code, "name": self.name, "kind": self.kind}
        if self.kind == "measured":
            payload["unit"] = self.unit or ""
            if self.limit_type != "maximum":
                payload["minimum"] = self.min_value
            if self.limit_type != "minimum":
                payload["maximum"] = self.max_value
        return payload
