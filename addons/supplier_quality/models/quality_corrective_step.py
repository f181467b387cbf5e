from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib import eight_d

BUYER = "purchase.group_purchase_user"
INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
REMIND_DAYS = 2
ESCALATE_DAYS = 7
ANSWER_AGAIN_DAYS = 3


class QualityCorrectiveStep(models.Model):
    """One of D0 to D8."""

    _name = "quality.corrective.step"
    _inherit = "quality.guard.mixin"
    _description = "8D Step"
    _order = "action_id, sequence"
    _guarded_fields = frozenset(
        {
            *("action_id", "code", "sequence", "state", "feedback", "answer_ids"),
            *("submitted_at", "submitted_by_id", "decided_at", "decided_by_id"),
            *("reminder_level", "attachment_ids"),
        }
    )

    action_id = fields.Many2one(
        "quality.corrective.action", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="action_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="action_id.company_id", store=True, index=True)
    action_state = fields.Selection(
        string="State of the action", related="action_id.state", store=True
    )
    sequence = fields.Integer(required=True)
    code = fields.Char(required=True)
    title = fields.Char(compute="_compute_title")
    state = fields.Selection(
        [
            ("open", "To answer"),
            ("submitted", "Answered"),
            ("returned", "Sent back"),
            ("accepted", "Accepted"),
        ],
        required=True,
        default="open",
    )
    date_due = fields.Date(string="Due")
    answer_ids = fields.One2many("quality.corrective.answer", "step_id")
    answer_text = fields.Text(compute="_compute_answer_text", string="Answers given")
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        string="Files",
        domain=[
            ("res_model", "=", "quality.corrective.step"),
            ("res_field", "=", False),
        ],
    )
    feedback = fields.Text(help="Why it was sent back.")
    submitted_at = fields.Datetime()
    submitted_by_id = fields.Many2one("res.users", string="Answered by")
    decided_at = fields.Datetime()
    decided_by_id = fields.Many2one("res.users", string="Accepted by")
    reminder_level = fields.Selection(
        [("0", "None"), ("1", "Reminded"), ("2", "Overdue"), ("3", "Escalated")],
        default="0",
        required=True,
    )

    _code_unique = models.Constraint(
        "UNIQUE(action_id, code)", "An 8D report has each step once."
    )

    def _compute_title(self):
        titles = self._get_titles()
        for step in self:
            step.title = titles.get(step.code, "")

    @api.depends("code")
    def _compute_display_name(self):
        titles = self._get_titles()
        for step in self:
            step.display_name = f"{step.code} {titles.get(step.code, '')}"

    @api.depends("answer_ids.value")
    def _compute_answer_text(self):
        for step in self:
            step.answer_text = "\n".join(
                f"{answer.label}: {answer.value}"
                for answer in step.answer_ids
                if answer.value
            )

    def _get_titles(self):
        return {
            "D0": self.env._("Symptom and emergency action"),
            "D1": self.env._("Team"),
            "D2": self.env._("Problem"),
            "D3": self.env._("Containment"),
            "D4": self.env._("Root causes"),
            "D5": self.env._("Chosen corrective action"),
            "D6": self.env._("Implemented corrective action"),
            "D7": self.env._("Prevention"),
            "D8": self.env._("Closure"),
        }

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        for step in steps:
            step.answer_ids = [
                Command.create({"code": question.code})
                for question in eight_d.BY_CODE[step.code].questions
            ]
        return steps

    # Answering -------------------------------------------------------------

    def _answer(self, values, *, submit):
        """Store the supplier's answers, and hand the step in.

        The caller has checked that this user may see the step. Answers are written for
        the supplier here and nowhere else; a colleague answers in its place only with the
        right to write the step.

        :param values: ``{question code: text}``; others are left as they are.
        :param submit: hand it in; else it is kept as a draft.
        :raises UserError: not asked for, not yet open, or something is missing.
        :raises AccessError: a colleague who only reads.
        """
        self.ensure_one()
        if not (self.env.su or self.env.user.share):
            self.check_access("write")
        # Suppliers write neither steps nor answers: these few fields, of this one step.
        step = self.sudo()
        step._check_answerable()
        for answer in step.answer_ids:
            if answer.code in values:
                answer.value = (values[answer.code] or "").strip()[:10_000]
        if submit:
            step._check_complete()
            step.write(
                {
                    "state": "submitted",
                    "submitted_at": fields.Datetime.now(),
                    "submitted_by_id": self.env.uid,
                }
            )
            step.action_id._on_step_submitted(step)

    def _check_answerable(self):
        if self.action_id.state != "sent" or self.state not in ("open", "returned"):
            raise UserError(
                self.env._("%s is not waiting for an answer.", self.display_name)
            )
        self._check_gate(closing=False)

    def _find_blocker(self, *, closing=False):
        """Return the code of the step that comes first, or None."""
        states = {step.code: step.state for step in self.action_id.step_ids}
        return eight_d.find_blocker(states, self.code, closing=closing)

    def _check_gate(self, *, closing):
        blocker = self._find_blocker(closing=closing)
        if blocker:
            raise UserError(
                self.env._(
                    "%(blocker)s comes first: no step closes before the one before it.",
                    blocker=self.action_id.step_ids.filtered(
                        lambda step: step.code == blocker
                    ).display_name,
                )
            )

    def _check_complete(self):
        answers = {answer.code: answer.value or "" for answer in self.answer_ids}
        labels = {answer.code: answer.label for answer in self.answer_ids}
        missing = eight_d.find_missing(self.code, answers)
        if missing:
            raise UserError(
                self.env._(
                    "%(step)s lacks: %(missing)s.",
                    step=self.display_name,
                    missing=", ".join(labels[code] for code in missing),
                )
            )
        for answer in self.answer_ids:
            answer._check_kind()

    # Deciding --------------------------------------------------------------

    def action_accept(self):
        """:raises UserError: not answered, or the step before is not accepted."""
        self._check_may_decide()
        for step in self:
            if step.state != "submitted":
                raise UserError(self.env._("%s has no answer yet.", step.display_name))
            step._check_gate(closing=True)
            # The right was checked; the state has no other writer.
            step.sudo().write(
                {
                    "state": "accepted",
                    "decided_at": fields.Datetime.now(),
                    "decided_by_id": self.env.uid,
                    "feedback": False,
                }
            )
            step.action_id._on_step_decided(step)

    def action_return(self):
        """Ask for the reason, then send it back."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_corrective_return_action"
        )
        return dict(action, context={"default_step_id": self.id})

    def _send_back(self, feedback):
        """Send a step back, and with it whatever was answered after it.

        :raises UserError: it is not answered.
        """
        self.ensure_one()
        self._check_may_decide()
        if self.state != "submitted":
            raise UserError(self.env._("%s has no answer yet.", self.display_name))
        self._ask_again(feedback)
        self.action_id._tell_supplier(
            self.env._(
                "%(step)s needs another answer: %(feedback)s %(link)s",
                step=self.display_name,
                feedback=feedback,
                link=self.action_id._get_portal_url(),
            )
        )
        self.action_id._on_step_decided(self)

    def _ask_again(self, feedback):
        """Have this answered again, and with it what was answered on the strength of it."""
        soonest = fields.Date.context_today(self) + timedelta(days=ANSWER_AGAIN_DAYS)
        after = self.action_id.step_ids.filtered(
            lambda step: step.sequence > self.sequence and step.state == "submitted"
        )
        for step in (self | after).sudo():  # see action_accept
            step.write(
                {
                    "state": "returned",
                    "feedback": feedback
                    if step == self
                    else self.env._("%s was sent back.", self.display_name),
                    "reminder_level": "0",
                    "date_due": max(step.date_due or soonest, soonest),
                }
            )

    def _check_may_decide(self):
        user = self.env.user
        if not (self.env.su or user.has_group(BUYER) or user.has_group(INSPECTOR)):
            raise AccessError(self.env._("The customer decides about the answers."))
        self.check_access("read")

    # Dates -----------------------------------------------------------------

    @api.model
    def _remind(self, today):
        """Remind the supplier once, tell the buyer once, escalate once."""
        owed = self.search(
            [
                ("action_state", "=", "sent"),
                ("state", "in", ("open", "returned")),
                ("date_due", "<=", today + timedelta(days=REMIND_DAYS)),
                ("reminder_level", "!=", "3"),
            ]
        )
        for step in owed:
            level = step._get_reminder_level(today)
            if level > step.reminder_level:
                step.reminder_level = level
                step._tell_reminder(level)

    def _get_reminder_level(self, today):
        if self.date_due >= today:
            return "1"
        late = (today - self.date_due).days
        return "3" if late >= ESCALATE_DAYS else "2"

    def _tell_reminder(self, level):
        action = self.action_id
        due = self.env._(
            "%(step)s was or is due on %(due)s.",
            step=self.display_name,
            due=self.date_due,
        )
        action._tell_supplier(f"{due} {action._get_portal_url()}")
        user = action.escalation_user_id if level == "3" else action.user_id
        user = user or action.user_id
        if level > "1" and user:
            action.activity_schedule(
                "mail.mail_activity_data_warning", summary=due, user_id=user.id
            )
