from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib.eight_d import DOUBTED, STEPS

WATCH_DAYS = 90


class QualityCorrectiveAction(models.Model):
    """An 8D report: the supplier answers step by step, the buyer accepts or sends back."""

    _name = "quality.corrective.action"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "quality.guard.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Corrective Action"
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = frozenset(
        {
            *("name", "state", "step_ids", "effectiveness", "sent_at", "closed_at"),
            *("recurrence_count", "first_answered_at"),
        }
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    title = fields.Char(required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", required=True, index=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users", string="Buyer", default=lambda self: self.env.user, tracking=True
    )
    escalation_user_id = fields.Many2one(
        "res.users", string="Escalate to", help="Told when a step is a week late."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "With the supplier"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    nonconformance_ids = fields.One2many(
        "quality.nonconformance", "corrective_action_id", string="Nonconformances"
    )
    product_id = fields.Many2one("product.product", index="btree_not_null")
    defect_code_ids = fields.Many2many("quality.defect.code", string="Defects")
    step_ids = fields.One2many(
        "quality.corrective.step", "action_id", readonly=True, copy=False
    )
    current_step_id = fields.Many2one(
        "quality.corrective.step", compute="_compute_current_step_id"
    )
    progress = fields.Integer(compute="_compute_current_step_id")
    date_due = fields.Date(compute="_compute_current_step_id", string="Next due")
    is_late = fields.Boolean(compute="_compute_current_step_id")
    sent_at = fields.Datetime(readonly=True, copy=False)
    first_answered_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    effectiveness = fields.Selection(
        [
            ("none", "Not closed yet"),
            ("watching", "Watched"),
            ("effective", "Effective"),
            ("recurred", "The defect came back"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="none",
        tracking=True,
    )
    watch_days = fields.Integer(
        default=WATCH_DAYS,
        required=True,
        help="The same defect within so many days of closing opens it again. Where nothing "
        "was delivered in that time, it is watched for as long once more.",
    )
    watch_until = fields.Date(readonly=True, copy=False)
    recurrence_count = fields.Integer(readonly=True, copy=False)

    _supplier_index = models.Index("(partner_id, sent_at)")

    @api.depends("step_ids.state", "step_ids.date_due")
    def _compute_current_step_id(self):
        today = fields.Date.context_today(self)
        for action in self:
            waiting = action.step_ids.filtered(lambda s: s.state != "accepted")
            accepted = len(action.step_ids) - len(waiting)
            action.current_step_id = waiting[:1]
            action.progress = round(100 * accepted / (len(action.step_ids) or 1))
            action.date_due = waiting[:1].date_due
            owed = waiting.filtered(lambda s: s.state != "submitted")[:1]
            action.is_late = bool(
                action.state == "sent" and owed.date_due and owed.date_due < today
            )

    @api.depends("name", "title")
    def _compute_display_name(self):
        for action in self:
            action.display_name = f"{action.name}: {action.title}"

    def _complete_create_vals(self, vals):
        # An 8D report is the supplier's, not one contact's: its portal shows it.
        return self._take_number(self.env["res.partner"]._name_supplier(vals))

    def write(self, vals):
        vals = self.env["res.partner"]._name_supplier(vals)
        if "partner_id" in vals:
            self._check_supplier_stays(vals["partner_id"])
        return super().write(vals)

    def _check_supplier_stays(self, partner_id):
        """What one supplier answered is not shown to another one.

        :raises UserError: it was sent to somebody else.
        """
        for action in self.filtered(lambda one: one.state != "draft" and not self.env.su):
            if action.partner_id.id != partner_id:
                raise UserError(
                    self.env._(
                        "%(action)s was sent to %(supplier)s. Cancel it, and ask the other "
                        "supplier with a report of its own.",
                        action=action.name,
                        supplier=action.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        for action in actions.sudo():  # the steps are those of the method
            action.step_ids = [
                Command.create({"code": step.code, "sequence": place})
                for place, step in enumerate(STEPS)
            ]
        return actions

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered(lambda action: action.state != "draft"):
            raise UserError(self.env._("What the supplier has seen stays on record."))

    # Buttons ---------------------------------------------------------------

    def action_send(self):
        """Put it to the supplier: steps get their dates, the portal shows it."""
        self.check_access("write")
        for action in self:
            if action.state != "draft":
                raise UserError(self.env._("%s was sent already.", action.name))
            today = fields.Date.context_today(action)
            for step, rule in zip(action.step_ids, STEPS, strict=True):
                step.date_due = today + timedelta(days=rule.days)
            # The right was checked; the state has no other writer.
            action.sudo().write({"state": "sent", "sent_at": fields.Datetime.now()})
            action._tell_supplier(
                self.env._(
                    "We need an 8D report from you: %(title)s. Answer step by step at "
                    "%(link)s; the first one is due on %(due)s.",
                    title=action.title,
                    link=action._get_portal_url(),
                    due=action.date_due,
                )
            )
            action._publish("corrective_action.requested")

    def action_cancel(self):
        self.check_access("write")
        if self.filtered(lambda action: action.state == "closed"):
            raise UserError(self.env._("It is closed already."))
        self.sudo().write({"state": "cancelled"})  # see action_send

    def action_open_portal(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._get_portal_url()}

    def _get_portal_url(self):
        self.ensure_one()
        return f"{self.get_base_url()}/my/corrective-actions/{self.id}"

    def _tell_supplier(self, body):
        """Write to the supplier and, as a record, into the discussion."""
        self.ensure_one()
        self.message_post(
            body=body,
            subject=self.display_name,
            partner_ids=self._get_supplier_contacts().ids,
            subtype_xmlid="mail.mt_comment",
        )

    def _get_supplier_contacts(self):
        """Return whom of the supplier to write to: who may sign in, else the supplier."""
        # A buyer need not read users: the supplier's own contacts are all that leaves here.
        portal = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    # Exactly those that the portal shows it to.
                    (
                        "partner_id.commercial_partner_id",
                        "=",
                        self.partner_id.commercial_partner_id.id,
                    ),
                    ("share", "=", True),
                ]
            )
        )
        return portal.partner_id or self.partner_id

    # Life ------------------------------------------------------------------

    def _on_step_submitted(self, step):
        """Hook: the supplier has answered a step."""
        # A supplier writes no actions: what is noted here follows from its answer.
        if not self.first_answered_at:
            self.sudo().first_answered_at = fields.Datetime.now()
        if self.user_id:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("%(step)s is answered", step=step.display_name),
                user_id=self.user_id.id,
            )
        self._publish("corrective_action.updated")

    def _on_step_decided(self, step):
        """Hook: a step was accepted or sent back."""
        if step.state == "accepted" and step == self.step_ids[-1:]:
            self._close()
        else:
            self._publish("corrective_action.updated")

    def _close(self):
        """Close it, and watch whether the defect comes back."""
        today = fields.Date.context_today(self)
        self.sudo().write(  # follows from the last step, which was just accepted
            {
                "state": "closed",
                "closed_at": fields.Datetime.now(),
                "effectiveness": "watching",
                "watch_until": today + timedelta(days=self.watch_days),
            }
        )
        self._publish("corrective_action.closed")

    @api.model
    def _find_recurring(self, nonconformance):
        """Return the closed action that a new nonconformance puts into doubt, if any.

        Same supplier, product and defect, within the time it is watched.
        """
        if not nonconformance.partner_id or not nonconformance.defect_code_ids:
            return self
        return self.search(
            [
                ("partner_id", "=", nonconformance.partner_id.commercial_partner_id.id),
                ("company_id", "=", nonconformance.company_id.id),
                ("product_id", "in", (nonconformance.product_id.id, False)),
                ("defect_code_ids", "in", nonconformance.defect_code_ids.ids),
                ("state", "=", "closed"),
                ("effectiveness", "=", "watching"),
                ("watch_until", ">=", fields.Date.context_today(self)),
            ],
            limit=1,
        )

    def _reopen(self, nonconformance):
        """The same defect again: the causes were not found, so D4 begins anew."""
        self.ensure_one()
        why = self.env._("The defect came back: %s", nonconformance.name)
        today = fields.Date.context_today(self)
        for step, rule in zip(self.step_ids, STEPS, strict=True):
            if step.code in DOUBTED:
                step.write(
                    {
                        "state": "returned",
                        "feedback": why,
                        "reminder_level": "0",
                        "date_due": today + timedelta(days=rule.days),
                    }
                )
        self.write(
            {
                "state": "sent",
                "effectiveness": "recurred",
                "recurrence_count": self.recurrence_count + 1,
                "closed_at": False,
            }
        )
        nonconformance.corrective_action_id = self
        self._tell_supplier(
            self.env._(
                "%(why)s. Please answer again from D4 on: %(link)s",
                why=why,
                link=self._get_portal_url(),
            )
        )
        self._publish("corrective_action.reopened")

    @api.model
    def _cron_follow_up(self):
        """Remind of steps that are due, escalate late ones, end the watch of good ones."""
        today = fields.Date.context_today(self)
        self.env["quality.corrective.step"]._remind(today)
        ended = self.search(
            [("effectiveness", "=", "watching"), ("watch_until", "<", today)]
        )
        proven = ended.filtered(lambda action: action._find_deliveries())
        proven.write({"effectiveness": "effective"})
        (ended - proven)._watch_on(today)

    def _find_deliveries(self):
        """Return a move by which the supplier delivered since this was closed, if any."""
        self.ensure_one()
        domain = [
            ("state", "=", "done"),
            ("date", ">=", self.closed_at),
            ("company_id", "=", self.company_id.id),
            ("picking_id.partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("location_id.usage", "in", ("supplier", "transit")),
        ]
        if self.product_id:
            domain.append(("product_id", "=", self.product_id.id))
        # Whoever follows up suppliers need not see transfers.
        moves = self.env["stock.move"].sudo().search(domain)
        return moves.filtered(lambda move: move._is_supplied())[:1]

    def _watch_on(self, today):
        """Go on watching where nothing was delivered: that no defect came proves nothing."""
        for action in self:
            action.watch_until = today + timedelta(days=action.watch_days)
            action.message_post(
                body=self.env._(
                    "Nothing was delivered while this was watched, which proves nothing: "
                    "it is watched until %s.",
                    format_date(self.env, action.watch_until),
                )
            )

    # Events ----------------------------------------------------------------

    def _publish(self, code):
        for action in self:
            self.env["integration.message"]._publish(
                code,
                action,
                action._prepare_payload(),
                order_key=f"corrective-action:{action.id}",
            )

    def _prepare_payload(self):
        action = self.sudo()  # what receivers are told is what their scope grants
        return {
            "action": action.name,
            "title": action.title,
            "state": action.state,
            "effectiveness": action.effectiveness,
            "supplier": action.partner_id.ref or action.partner_id.name or "",
            "item": action.product_id._get_item_code() if action.product_id else "",
            "defects": action.defect_code_ids.mapped("code"),
            "nonconformances": action.nonconformance_ids.mapped("name"),
            "steps": [
                {
                    "step": step.code,
                    "state": step.state,
                    "due": step.date_due.isoformat() if step.date_due else None,
                    "answers": {
                        answer.code: answer.value or "" for answer in step.answer_ids
                    },
                }
                for step in action.step_ids
            ],
        }
