from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.cause import find_cause


class IntegrationException(models.Model):
    """Something a person has to decide; one per root cause, with all its messages."""

    _name = "integration.exception"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "guarded.fields.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Exception"
    _order = "state, deadline, id desc"
    # People give it an owner and a time; the rest is what happened and was decided.
    _guarded_fields = frozenset(
        {
            "name",
            "kind_id",
            "fingerprint",
            "state",
            "system_id",
            "company_id",
            "description",
            "mapping_domain_id",
            "external_code",
            "resolution",
            "resolved_at",
            "priority",
            "earliest_start",
            "affected_quantity",
            "customer_count",
            "rule_id",
            "escalation_level",
            "escalated_at",
            "refreshed_at",
        }
    )

    name = fields.Char(required=True)
    kind_id = fields.Many2one(
        "integration.exception.kind", required=True, index=True, ondelete="restrict"
    )
    runbook = fields.Html(related="kind_id.runbook")
    fingerprint = fields.Char(required=True, help="The root cause; one open per cause.")
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        required=True,
        default="open",
        tracking=True,
        index=True,
    )
    system_id = fields.Many2one("integration.system", index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one("res.users", string="Owner", tracking=True)
    deadline = fields.Datetime()
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue", search="_search_is_overdue"
    )
    description = fields.Text(required=True)
    mapping_domain_id = fields.Many2one(
        "integration.mapping.domain", ondelete="set null"
    )
    external_code = fields.Char()
    delivery_ids = fields.One2many("integration.delivery", "exception_id")
    delivery_count = fields.Integer(
        compute="_compute_delivery_count", string="Waiting messages"
    )
    resolution = fields.Char(readonly=True)
    resolved_at = fields.Datetime(readonly=True)

    _one_open_per_cause = models.UniqueIndex(
        "(company_id, kind_id, fingerprint) WHERE state = 'open'",
        "There is an open exception for this cause already.",
    )

    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for exception in self:
            exception.is_overdue = bool(
                exception.state == "open"
                and exception.deadline
                and exception.deadline < now
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = [("state", "=", "open"), ("deadline", "<", fields.Datetime.now())]
        return overdue if True in value else ["!", "&", *overdue]

    @api.depends("delivery_ids")
    def _compute_delivery_count(self):
        counts = dict(
            self.env["integration.delivery"]._read_group(
                [("exception_id", "in", self.ids)], ["exception_id"], ["__count"]
            )
        )
        for exception in self:
            exception.delivery_count = counts.get(exception, 0)

    @api.model
    def _raise_for(self, delivery, error):
        """Return the open exception of an error's root cause, made if need be.

        :param error: ``lib.errors.BusinessError``
        """
        vals = self._prepare_exception_vals(delivery, error)
        exception = self.search(
            [
                ("state", "=", "open"),
                ("company_id", "=", vals["company_id"]),
                ("kind_id", "=", vals["kind_id"]),
                ("fingerprint", "=", vals["fingerprint"]),
            ],
            limit=1,
        )
        return exception or self._open(delivery, vals)

    @api.model
    def _open(self, delivery, vals):
        """Make the exception of a root cause, for the first delivery that has it."""
        return self.create(vals)

    @api.model
    def _prepare_exception_vals(self, delivery, error):
        Kind = self.env["integration.exception.kind"]
        kind = Kind.search([("code", "=", error.kind)], limit=1)
        kind = kind or self.env.ref("integration_core.exception_kind_refused")
        text = self._get_shown_text(delivery, error)
        vals = {
            "name": text.split("\n", 1)[0][:120],
            "kind_id": kind.id,
            "fingerprint": self._get_fingerprint(delivery, error)[:255],
            "system_id": delivery.system_id.id,
            "company_id": delivery.company_id.id,
            "description": text,
            "deadline": fields.Datetime.now() + timedelta(hours=kind.deadline_hours),
        }
        known = {
            name: value for name, value in error.values.items() if name in self._fields
        }
        domain_code = getattr(error, "domain", None)
        if domain_code:
            domain = self.env["integration.mapping.domain"].search(
                [("code", "=", domain_code)], limit=1
            )
            known["mapping_domain_id"] = domain.id
        return vals | known

    @api.model
    def _get_shown_text(self, delivery, error):
        """Return an error's text as everybody reads it who works on exceptions. A hook."""
        return error.text

    @api.model
    def _get_fingerprint(self, delivery, error):
        """Return the root cause: as the handler names it, else what its text is about.

        A text without a name for its cause is one of its contract, whatever numbers and
        names stand in it.
        """
        cause = error.fingerprint
        if cause == error.text:
            cause = f"{delivery.contract_code}:{find_cause(error.text)}"
        return f"{delivery.system_id.code}:{cause}"

    def action_retry(self):
        """Try everything that waits under this exception again."""
        self._check_open()
        self._release(self.env._("Tried again by %s.", self.env.user.name))

    def action_map(self):
        """Ask what the code stands for, with suggestions."""
        self.ensure_one()
        self._check_open()
        Wizard = self.env["integration.mapping.wizard"]
        wizard = Wizard.create(Wizard._prepare_from_exception(self))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map the code"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_resolve(self, reason=None):
        """Close by hand: what waits counts as settled outside and is not run again.

        :raises UserError: without a reason.
        """
        self._check_open()
        reason = self.env["integration.delivery"]._check_reason(reason)
        self._close(
            self.env._(
                "Settled by hand by %(user)s: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        )
        self._get_waiting().action_resolve(reason)

    def _get_waiting(self):
        return self.delivery_ids.filtered(lambda d: d.state in ("parked", "dead"))

    def action_open_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_delivery_action"
        )
        return dict(action, domain=[("exception_id", "=", self.id)], context={})

    def _check_open(self):
        if any(exception.state != "open" for exception in self):
            raise UserError(self.env._("This exception is resolved already."))

    def _release(self, resolution):
        """Close and let everything parked under it run again, in its order."""
        self._close(resolution)
        self.delivery_ids.filtered(lambda d: d.state == "parked")._release()

    def _close_if_settled(self):
        """Close those under which nothing waits any more: it was decided elsewhere."""
        still_open = self.filtered(lambda e: e.state == "open")
        busy = self.env["integration.delivery"]._read_group(
            [
                ("exception_id", "in", still_open.ids),
                ("state", "in", ("parked", "dead")),
            ],
            ["exception_id"],
        )
        settled = still_open.browse(
            set(still_open.ids) - {exception.id for (exception,) in busy}
        )
        settled._close(self.env._("Nothing waits here any more."))

    def _close(self, resolution):
        # Its buttons close it, each with its check: see _guarded_fields.
        self.sudo().filtered(lambda e: e.state == "open").write(
            {
                "state": "resolved",
                "resolution": resolution,
                "resolved_at": fields.Datetime.now(),
            }
        )
