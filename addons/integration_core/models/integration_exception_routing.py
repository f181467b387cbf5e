import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.impact import Endangered, judge
from ..lib.payload import find_members
from .integration_exception_rule import PRIORITIES

_logger = logging.getLogger(__name__)

# What is read of the messages that wait, to find what they touch.
MESSAGES_READ = 20
REFRESH_MAX = 200
ESCALATE_MAX = 1000
URGENT_HOURS = 1
ENDANGERED_KINDS = ("production", "delivery")


class IntegrationException(models.Model):
    """What an exception touches, how urgent that makes it, and whose it is."""

    _inherit = "integration.exception"
    _order = "state, priority desc, deadline, id desc"

    category = fields.Selection(related="kind_id.category", store=True)
    priority = fields.Selection(PRIORITIES, default="0", required=True, tracking=True)
    impact_ids = fields.One2many("integration.exception.impact", "exception_id")
    earliest_start = fields.Datetime(
        readonly=True, help="When the first production or delivery that is hit begins."
    )
    affected_quantity = fields.Float(readonly=True)
    customer_count = fields.Integer(string="Customers hit", readonly=True)
    impact_summary = fields.Char(compute="_compute_impact_summary", string="Endangers")
    rule_id = fields.Many2one("integration.exception.rule", readonly=True)
    escalation_level = fields.Integer(string="Escalations", readonly=True)
    escalated_at = fields.Datetime(readonly=True)
    refreshed_at = fields.Datetime(
        readonly=True, help="When what it touches was last looked at."
    )

    @api.depends("impact_ids.kind", "earliest_start", "customer_count")
    def _compute_impact_summary(self):
        labels = dict(
            self.env["integration.exception.impact"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for exception in self:
            counts = {}
            for impact in exception.impact_ids:
                counts[impact.kind] = counts.get(impact.kind, 0) + 1
            exception.impact_summary = " · ".join(
                f"{counts[kind]} × {labels[kind]}" for kind in labels if kind in counts
            )

    @api.model
    def _open(self, delivery, vals):
        exception = super()._open(delivery, vals)
        exception._route(delivery)
        return exception

    def _route(self, delivery=None):
        """Look at what it touches, then give it to its owner."""
        self._refresh_impact(delivery)
        for exception in self:
            rule = self.env["integration.exception.rule"]._find_for(exception)
            exception.write(exception._prepare_routing_vals(rule))
            exception._ask(exception._get_people())

    def _prepare_routing_vals(self, rule):
        hours = rule.deadline_hours or self.kind_id.deadline_hours
        if self.priority == "3":
            hours = min(hours, URGENT_HOURS)
        return {
            "rule_id": rule.id,
            "user_id": (self.user_id or rule.user_id or self._get_default_owner()).id,
            "deadline": (self.create_date or fields.Datetime.now())
            + timedelta(hours=hours),
        }

    def _get_default_owner(self):
        """Return who owns what no rule gives to anybody: who looks after the system."""
        # An exception is raised in the name of machines; who answers for one is no secret.
        person = self.system_id.sudo().responsible_id
        return person if self.company_id in person.company_ids else person.browse()

    def _get_people(self):
        """Return who has to hear of it: its owner, else every integration manager."""
        Systems = self.env["integration.system"]
        return self.user_id or Systems._find_managers(self.company_id)

    def _ask(self, users):
        """Put it on people's lists; Odoo tells them by mail as they have it set."""
        for exception in self:
            for user in users:
                zone = user.tz or "UTC"
                deadline = fields.Datetime.context_timestamp(
                    exception.with_context(tz=zone), exception.deadline
                )
                exception.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=deadline.date(),
                    summary=exception.name,
                    user_id=user.id,
                )

    # Impact -----------------------------------------------------------------

    def _refresh_impact(self, delivery=None):
        """Find anew what is hit; called when raised, by night, and by the button.

        :param delivery: the one it was raised for, which is not attached to it yet.
        """
        self.write({"refreshed_at": fields.Datetime.now()})
        for exception in self:
            messages = exception._get_sample_messages(delivery)
            try:
                with self.env.cr.savepoint():
                    found = exception._find_impacts(messages)
            except Exception:
                # What it touches is a help; that it is raised at all matters more.
                _logger.exception("The impact of exception %s is unknown", exception.id)
                continue
            exception.impact_ids = [
                fields.Command.clear(),
                *(fields.Command.create(vals) for vals in found),
            ]
            exception._judge_impact(messages)

    def _judge_impact(self, messages):
        endangered = [
            Endangered(impact.starts_at or None, impact.quantity, impact.customer or "")
            for impact in self.impact_ids
            if impact.kind in ENDANGERED_KINDS
        ]
        criticality = self.env["integration.policy"]._get_criticality(
            self.system_id.id, messages[:1].contract_id.id
        )
        found = judge(endangered, criticality, now=fields.Datetime.now())
        raised = min(int(found.priority) + self.escalation_level, 3)
        self.write(
            {
                "priority": str(raised),
                "earliest_start": found.earliest_start,
                "affected_quantity": found.quantity,
                "customer_count": len(found.customers),
            }
        )

    def _get_sample_messages(self, delivery=None):
        """Return some of the messages that wait here, the oldest first."""
        deliveries = self.env["integration.delivery"].search(
            [("exception_id", "in", self.ids)], order="id", limit=MESSAGES_READ
        )
        return (deliveries | (delivery or deliveries.browse())).message_id

    def _find_impacts(self, messages):
        """Return what the open question touches, for bridges to add to.

        :param messages: some of those that wait, ``integration.message``.
        :returns: list of values of ``integration.exception.impact``.
        """
        partner = self.system_id.partner_id
        if self.system_id.kind != "supplier" or not partner:
            return []
        return [self._prepare_impact_vals("supplier", partner)]

    def _prepare_impact_vals(self, kind, record, **values):
        return {
            "kind": kind,
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            **values,
        }

    def _find_codes(self, messages, member):
        """Return the texts of all members with a name, in what waits here."""
        found = {}
        for message in messages:
            found.update(dict.fromkeys(find_members(message.payload, member)))
        return list(found)

    def action_refresh_impact(self):
        # What is hit is found for whoever looks after it, right to read it or not.
        self.check_access("write")
        self.sudo()._refresh_impact()

    # Time -------------------------------------------------------------------

    @api.model
    def _cron_tend(self):
        """Look at open exceptions anew, escalate those that nobody decided in time."""
        self.env["integration.exception"]._close_settled()
        # Those not looked at for the longest time: each has its turn.
        order = "refreshed_at NULLS FIRST, id"
        self.search(
            [("state", "=", "open")], limit=REFRESH_MAX, order=order
        )._refresh_impact()
        self._find_due_for_escalation()._escalate()

    @api.model
    def _find_due_for_escalation(self):
        """Return what is due, of all that is overdue; the rest comes in the next run."""
        now = fields.Datetime.now()
        overdue = self.search(
            [("state", "=", "open"), ("deadline", "<", now)],
            order="escalated_at NULLS FIRST, deadline, id",
        )
        return overdue.filtered(lambda e: e._is_due_for_escalation(now))[:ESCALATE_MAX]

    def _is_due_for_escalation(self, now):
        if not self.deadline or self.deadline >= now:
            return False
        hours = self.rule_id.escalate_every_hours or self.kind_id.deadline_hours
        last = self.escalated_at
        return not last or last + timedelta(hours=max(hours, 1)) <= now

    def _escalate(self):
        for exception in self:
            exception.write(
                {
                    "escalation_level": exception.escalation_level + 1,
                    "escalated_at": fields.Datetime.now(),
                    "priority": str(min(int(exception.priority) + 1, 3)),
                }
            )
            told = exception.rule_id.escalate_user_id or exception._get_people()
            exception.message_post(
                body=self.env._(
                    "Nobody decided by %(deadline)s (UTC): escalated, now for the "
                    "%(level)s. time.",
                    deadline=exception.deadline,
                    level=exception.escalation_level,
                ),
                partner_ids=told.partner_id.ids,
            )
            exception._ask(told)

    def _close(self, resolution):
        self.filtered(lambda e: e.state == "open").activity_feedback(
            ["mail.mail_activity_data_todo"], feedback=resolution
        )
        return super()._close(resolution)

    def action_take(self):
        """Make it mine."""
        self._check_open()
        self.user_id = self.env.user

    @api.constrains("user_id")
    def _check_user_id(self):
        for exception in self.filtered("user_id"):
            if exception.company_id not in exception.user_id.company_ids:
                raise UserError(
                    self.env._(
                        "%(user)s does not work for %(company)s.",
                        user=exception.user_id.name,
                        company=exception.company_id.name,
                    )
                )
