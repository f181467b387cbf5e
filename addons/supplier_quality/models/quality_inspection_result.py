from math import isfinite

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import verdict

ENTRY_FIELDS = {"value", "judgement", "nonconforming_count", "is_entered"}
# What is said of which samples: whoever owns the results says it.
OWNED_FIELDS = ENTRY_FIELDS | {"sample_number", "sample_count", "measured_at"}


class QualityInspectionResult(models.Model):
    """One result: of one sample, or of several that were only counted."""

    _name = "quality.inspection.result"
    _inherit = "quality.guard.mixin"
    _description = "Inspection Result"
    _order = "inspection_id, sequence, characteristic_id, sample_number"
    # Where a result comes from is known to whoever records it, and not chosen.
    _guarded_fields = frozenset({"source", "user_id"})

    inspection_id = fields.Many2one(
        "quality.inspection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="inspection_id.company_id", store=True, index=True
    )
    characteristic_id = fields.Many2one(
        "quality.characteristic", required=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="characteristic_id.sequence", store=True)
    kind = fields.Selection(related="characteristic_id.kind")
    unit = fields.Char(related="characteristic_id.unit")
    requirement = fields.Char(related="characteristic_id.requirement")
    sample_number = fields.Integer(string="Sample", default=1, required=True)
    sample_count = fields.Integer(
        string="Samples", default=1, required=True, help="Judged with this one result."
    )
    value = fields.Float(digits=0)
    judgement = fields.Selection([("pass", "Pass"), ("fail", "Fail")])
    nonconforming_count = fields.Integer(
        string="Nonconforming",
        compute="_compute_nonconforming_count",
        store=True,
        readonly=False,
    )
    is_entered = fields.Boolean(
        compute="_compute_is_entered",
        store=True,
        readonly=False,
        help="A value of zero is a result too, once it was entered.",
    )
    is_conforming = fields.Boolean(compute="_compute_is_conforming", store=True)
    defect_code_id = fields.Many2one("quality.defect.code", string="Defect")
    picture = fields.Image(max_width=1920, max_height=1920)
    source = fields.Char(help="Inspector or laboratory.", readonly=True)
    user_id = fields.Many2one("res.users", string="Entered by", readonly=True)
    measured_at = fields.Datetime()

    _sample_unique = models.Constraint(
        "UNIQUE(inspection_id, characteristic_id, sample_number)",
        "This sample has a result for this characteristic already.",
    )
    _counts_sensible = models.Constraint(
        "CHECK(sample_number > 0 AND sample_count > 0 AND nonconforming_count >= 0)",
        "Samples are counted from 1, nonconforming ones from 0.",
    )
    # PostgreSQL keeps NaN and infinities, and orders NaN last.
    _value_is_number = models.Constraint(
        "CHECK(value > '-Infinity' AND value < 'Infinity')", "A result is a number."
    )

    @api.depends("judgement", "sample_count")
    def _compute_nonconforming_count(self):
        for result in self:
            if result.judgement != "fail":
                result.nonconforming_count = 0
            else:
                result.nonconforming_count = result.nonconforming_count or 1

    @api.depends("value", "judgement")
    def _compute_is_entered(self):
        for result in self:
            result.is_entered = (
                result.is_entered or bool(result.value) or bool(result.judgement)
            )

    @api.depends(
        *("value", "judgement", "is_entered", "characteristic_id.kind"),
        *("characteristic_id.minimum", "characteristic_id.maximum"),
        *("characteristic_id.has_minimum", "characteristic_id.has_maximum"),
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

    @api.onchange("nonconforming_count")
    def _onchange_nonconforming_count(self):
        if self.kind == "attributive" and self.nonconforming_count:
            self.judgement = "fail"

    @api.constrains("inspection_id", "characteristic_id")
    def _check_plan(self):
        for result in self:
            if result.characteristic_id.plan_id != result.inspection_id.plan_id:
                raise ValidationError(
                    self.env._(
                        "%(characteristic)s does not belong to the plan %(plan)s.",
                        characteristic=result.characteristic_id.name,
                        plan=result.inspection_id.plan_id.display_name,
                    )
                )

    @api.constrains("nonconforming_count", "sample_count")
    def _check_count(self):
        for result in self.filtered(lambda row: row.nonconforming_count > row.sample_count):
            if not result.inspection_id.plan_id._counts_nonconformities():
                raise ValidationError(
                    self.env._("No more samples can be nonconforming than were judged.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        results = super().create(vals_list)
        results.inspection_id._check_open()
        results.inspection_id._check_may_enter()
        results._on_entered(any(ENTRY_FIELDS & vals.keys() for vals in vals_list))
        return results

    def write(self, vals):
        self.inspection_id._check_open()
        if OWNED_FIELDS & vals.keys():
            self.inspection_id._check_may_enter()
        if {"inspection_id", "characteristic_id"} & vals.keys() and not self.env.su:
            raise UserError(self.env._("A result stays with its characteristic."))
        before = {row: row._describe() for row in self if row.is_entered}
        result = super().write(vals)
        self._log_changes(before)
        self._on_entered(bool(ENTRY_FIELDS & vals.keys()))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self.inspection_id._check_open()
        self.inspection_id._check_may_enter()
        self._log_changes({row: row._describe() for row in self if row.is_entered}, gone=True)

    def _log_changes(self, before, *, gone=False):
        """Keep on record what an entered result was before somebody changed it.

        :param before: ``{result: what it said}``; :param gone: it is being deleted.
        """
        for inspection, rows in self.grouped("inspection_id").items():
            changes = [
                self.env._(
                    "%(name)s, sample %(sample)s: %(before)s → %(after)s",
                    name=row.characteristic_id.name,
                    sample=row.sample_number,
                    before=before[row],
                    after="–" if gone else row._describe(),
                )
                for row in rows
                if row in before and (gone or before[row] != row._describe())
            ]
            if changes:
                # A note on a change that was allowed, whoever made it.
                inspection.sudo()._message_log(body=Markup("<br/>").join(changes))

    def _describe(self):
        """Return what is entered as people read it."""
        self.ensure_one()
        if not self.is_entered:
            return "–"
        if self.kind == "measured":
            return f"{self.value:.15g} {self.unit or ''}".strip()
        return self.env._(
            "%(count)s of %(items)s not conforming",
            count=self.nonconforming_count,
            items=self.sample_count,
        )

    def _on_entered(self, entered):
        """Note who entered it, and that the inspection has begun."""
        # A context can come from outside, the rights of the system cannot.
        by_message = self.env.su and self.env.context.get("quality_results_by_message")
        if not entered or by_message:
            return
        rows = self.filtered("is_entered")
        if not rows:
            return
        # Who enters it is known, and not chosen.
        rows.sudo().user_id = self.env.user
        rows.filtered(
            lambda row: not row.measured_at
        ).measured_at = fields.Datetime.now()
        rows.inspection_id._set_started()

    def _prepare_reading(self):
        """Return it as ``lib.verdict.Reading``."""
        self.ensure_one()
        if self.kind == "measured":
            return verdict.Reading(value=self.value, sample=self.sample_number)
        conforming = self.judgement == "pass"
        return verdict.Reading(
            conforming=conforming,
            sample=self.sample_number,
            items=self.sample_count,
            nonconforming=self.nonconforming_count
            if max(self.sample_count, self.nonconforming_count) > 1
            else None,
        )

    def _prepare_bench_row(self):
        return {
            "id": self.id,
            "name": self.characteristic_id.name,
            "requirement": self.requirement,
            "kind": self.kind,
            "sample": self.sample_number,
            "count": self.sample_count,
            "most": None
            if self.inspection_id.plan_id._counts_nonconformities()
            else self.sample_count,
            "value": self.value if self.is_entered else None,
            "nonconforming": self.nonconforming_count if self.is_entered else None,
            "entered": self.is_entered,
            "conforming": self.is_conforming,
        }

    def _enter_at_bench(self, entry):
        if self.kind == "measured":
            value = entry["value"]
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (is_number and isfinite(value)):
                # A browser sends nothing in place of what is no number; nothing is not 0.
                raise UserError(
                    self.env._("'%s' is measured: send a value.", self.characteristic_id.name)
                )
            self.write({"value": value, "is_entered": True})
            return
        count = entry["nonconforming"]
        self.write(
            {"judgement": "fail" if count else "pass", "nonconforming_count": count}
        )
