from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.entry import parse_number

# Writing one of these is recording a result.
OUTCOME_FIELDS = {"value", "value_entry", "outcome"}


class QualityInspectionResult(models.Model):
    """One result: a characteristic, a sample, and a value or pass or fail.

    A row without ``measured_at`` waits for its result: zero is a value too.
    """

    _name = "quality.inspection.result"
    _inherit = "quality.guard.mixin"
    _description = "Inspection Result"
    _order = "inspection_id, sample_number, sequence, id"
    # Where a result comes from is known to whoever records it, and not chosen.
    _guarded_fields = frozenset({"source", "message_uuid"})

    inspection_id = fields.Many2one(
        "quality.inspection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="inspection_id.company_id", store=True, index=True
    )
    plan_id = fields.Many2one(related="inspection_id.plan_id")
    characteristic_id = fields.Many2one(
        "quality.characteristic", required=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="characteristic_id.sequence", store=True)
    kind = fields.Selection(related="characteristic_id.kind")
    requirement = fields.Char(related="characteristic_id.requirement")
    unit = fields.Char(related="characteristic_id.unit")
    instruction = fields.Char(related="characteristic_id.instruction")
    sample_number = fields.Integer(string="Sample", required=True, default=1)
    value = fields.Float(digits=0, aggregator="avg")
    value_entry = fields.Char(
        string="Measured",
        compute="_compute_value_entry",
        inverse="_inverse_value_entry",
    )
    outcome = fields.Selection(
        [("pass", "Pass"), ("fail", "Fail")], string="Pass or fail"
    )
    conformity = fields.Selection(
        [("open", "Open"), ("conform", "Conform"), ("nonconform", "Out of limits")],
        compute="_compute_conformity",
        store=True,
    )
    source = fields.Selection(
        [("user", "By hand"), ("message", "Message")],
        required=True,
        readonly=True,
        default="user",
    )
    message_uuid = fields.Char(string="Message", readonly=True)
    inspector = fields.Char(help="Who measured, as the laboratory reports it.")
    measured_at = fields.Datetime()

    _sample_unique = models.Constraint(
        "UNIQUE(inspection_id, characteristic_id, sample_number)",
        "This sample of the characteristic has a result already.",
    )
    _sample_positive = models.Constraint(
        "CHECK(sample_number > 0)", "Samples are counted from 1."
    )

    @api.depends("value", "measured_at", "characteristic_id")
    def _compute_value_entry(self):
        for result in self:
            recorded = result.kind == "measured" and result.measured_at
            result.value_entry = (
                result.characteristic_id._format_value(result.value)
                if recorded
                else False
            )

    def _inverse_value_entry(self):
        for result in self:
            result._apply_entry()

    @api.onchange("value_entry")
    def _onchange_value_entry(self):
        """Show at once whether the value conforms, before anything is saved."""
        self._apply_entry()

    def _apply_entry(self):
        """Read what was typed; clearing the field takes the result back.

        :raises UserError: when it is not a number in the user's language.
        """
        if not (self.value_entry or "").strip():
            self.update({"value": 0.0, "measured_at": False})
            return
        language = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        try:
            value = parse_number(
                self.value_entry,
                decimal_point=language.decimal_point or ".",
                thousands_separator=language.thousands_sep or "",
            )
        except ValueError as error:
            raise UserError(
                self.env._(
                    "'%(text)s' is not a number. Write it like %(example)s.",
                    text=self.value_entry,
                    example=self.characteristic_id._format_value(7.5),
                )
            ) from error
        self.update({"value": value, "measured_at": fields.Datetime.now()})

    @api.depends(
        "value",
        "outcome",
        "measured_at",
        "characteristic_id.kind",
        "characteristic_id.limit_type",
        "characteristic_id.min_value",
        "characteristic_id.max_value",
    )
    def _compute_conformity(self):
        for result in self:
            conform = result._is_conform()
            if conform is None:
                result.conformity = "open"
            else:
                result.conformity = "conform" if conform else "nonconform"

    def _is_conform(self):
        """Tell whether the result meets its requirement; None: not recorded yet."""
        if self.kind == "attribute":
            return self.outcome == "pass" if self.outcome else None
        if not self.measured_at:
            return None
        return self.characteristic_id._conforms(self.value)

    @api.depends("characteristic_id", "sample_number")
    def _compute_display_name(self):
        for result in self:
            result.display_name = (
                f"{result.characteristic_id.name} #{result.sample_number}"
            )

    def _describe(self):
        """Return the result in one phrase, for reasons and nonconformances."""
        self.ensure_one()
        words = {
            "name": self.characteristic_id.name,
            "value": self.value_entry or self.value,
            "unit": self.unit or "",
            "requirement": self.requirement,
            "number": self.sample_number,
        }
        several = self.inspection_id.sample_size > 1
        if self.kind == "attribute":
            if several:
                return self.env._("%(name)s failed (sample %(number)s)", **words)
            return self.env._("%(name)s failed", **words)
        if several:
            return self.env._(
                "%(name)s %(value)s %(unit)s (sample %(number)s), required "
                "%(requirement)s",
                **words,
            )
        return self.env._(
            "%(name)s %(value)s %(unit)s, required %(requirement)s", **words
        )

    # Recording -------------------------------------------------------------

    @api.constrains("characteristic_id", "inspection_id", "sample_number")
    def _check_belongs_to_plan(self):
        for result in self:
            if result.characteristic_id.plan_id != result.inspection_id.plan_id:
                raise ValidationError(
                    self.env._(
                        "%(characteristic)s does not belong to the plan %(plan)s.",
                        characteristic=result.characteristic_id.name,
                        plan=result.plan_id.display_name,
                    )
                )
            if result.sample_number > result.inspection_id.sample_size:
                raise ValidationError(
                    self.env._(
                        "%(inspection)s takes %(size)s samples; there is no sample "
                        "%(number)s.",
                        inspection=result.inspection_id.name,
                        size=result.inspection_id.sample_size,
                        number=result.sample_number,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._complete_recording_vals(vals) for vals in vals_list]
        results = super().create(vals_list)
        results.inspection_id._check_open()
        results.filtered("measured_at")._on_recorded()
        results.invalidate_recordset(["value_entry"])  # as we write it, not as typed
        return results

    def write(self, vals):
        self.inspection_id._check_open()
        vals = self._complete_recording_vals(vals)
        result = super().write(vals)
        if {"measured_at", *OUTCOME_FIELDS} & vals.keys():
            self._on_recorded()
            self.invalidate_recordset(["value_entry"])  # as we write it, not as typed
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self.inspection_id._check_open()

    def _complete_recording_vals(self, vals):
        """Return the values with the moment of a result, if they record one."""
        if "measured_at" in vals:
            return vals
        if "value" in vals or vals.get("outcome"):
            return dict(vals, measured_at=fields.Datetime.now())
        if "outcome" in vals:
            return dict(vals, measured_at=False)
        return vals

    def _on_recorded(self):
        """Let the inspection know; see its field ``revision``."""
        for inspection in self.inspection_id:
            inspection._set_started()
            # The right to write results was checked; the count has no other writer.
            inspection.sudo().revision += 1
