from datetime import date

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib import eight_d


class QualityCorrectiveAnswer(models.Model):
    """One answer of an 8D step."""

    _name = "quality.corrective.answer"
    _inherit = "quality.guard.mixin"
    _description = "8D Answer"
    _order = "step_id, id"
    _guarded_fields = frozenset({"step_id", "code", "value"})

    step_id = fields.Many2one(
        "quality.corrective.step", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="step_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="step_id.company_id", store=True, index=True)
    action_state = fields.Selection(related="step_id.action_state", store=True)
    code = fields.Char(required=True)
    label = fields.Char(compute="_compute_label")
    kind = fields.Char(compute="_compute_label")
    is_required = fields.Boolean(compute="_compute_label")
    value = fields.Text()

    _code_unique = models.Constraint(
        "UNIQUE(step_id, code)", "A step asks each question once."
    )

    def _compute_label(self):
        labels = self._get_labels()
        for answer in self:
            questions = eight_d.BY_CODE[answer.step_id.code].questions
            question = next(q for q in questions if q.code == answer.code)
            answer.label = labels[answer.code]
            answer.kind = question.kind
            answer.is_required = question.required

    def _get_labels(self):
        return {
            "symptom": self.env._("Symptom"),
            "emergency_action": self.env._("Emergency action"),
            "leader": self.env._("Leader"),
            "team": self.env._("Team"),
            "what": self.env._("What"),
            "where": self.env._("Where"),
            "when": self.env._("When"),
            "how_many": self.env._("How many"),
            "is_is_not": self.env._("Is / is not"),
            "containment": self.env._("Containment action"),
            "effective": self.env._("% effective"),
            "since": self.env._("In place since"),
            "verification": self.env._("How it was verified"),
            "occurrence_cause": self.env._("Why it occurred"),
            "escape_cause": self.env._("Why it was not detected"),
            "chosen_action": self.env._("Chosen action"),
            "implemented": self.env._("What was implemented"),
            "implemented_on": self.env._("Implemented on"),
            "validation": self.env._("How it was validated"),
            "prevention": self.env._("What prevents it systemically"),
            "closure": self.env._("Closure"),
            "sign_off": self.env._("Signed off by"),
        }

    def _check_kind(self):
        """:raises UserError: a percentage or date that is none."""
        for answer in self.filtered("value"):
            if answer.kind == "percent" and not eight_d.is_percentage(answer.value):
                raise UserError(
                    self.env._("'%s' is a number from 0 to 100.", answer.label)
                )
            if answer.kind == "date":
                answer._check_date()

    def _check_date(self):
        try:
            date.fromisoformat(self.value.strip())
        except ValueError as error:
            raise UserError(
                self.env._("'%s' is a date such as 2026-03-24.", self.label)
            ) from error
