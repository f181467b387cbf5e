from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from . import integration_message_queries as queries
from . import integration_replay_queries as replay_queries

PREVIEW_ROWS = 80
# Decided by the buttons only, never written by anybody.
DECIDED = {"state", "requested_by", "decided_by", "replayed_count"}
REPLAYABLE_STATES = ("dead", "parked", "retry", "ignored", "cancelled", "done")


class IntegrationReplay(models.Model):
    """Deliver many messages again: previewed, paced, and where a policy says so
    approved by a second person.

    Each keeps its message id, by which receivers dedupe. What Odoo itself has applied
    is left out: its effects would happen twice.
    """

    _name = "integration.replay"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Replay"
    _order = "id desc"
    _rec_name = "reason"

    reason = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waits for approval"),
            ("done", "Replayed"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    delivery_ids = fields.Many2many(
        "integration.delivery",
        string="Selected",
        help="Empty: everything the filter below finds.",
    )
    system_id = fields.Many2one("integration.system", check_company=True)
    contract_code = fields.Char(string="Type")
    direction = fields.Selection([("in", "Inbound"), ("out", "Outbound")])
    delivery_state = fields.Selection(
        [
            ("dead", "Dead letters"),
            ("parked", "Parked"),
            ("ignored", "Ignored"),
            ("cancelled", "Cancelled"),
            ("done", "Done (outbound only)"),
        ],
        default="dead",
    )
    date_from = fields.Datetime(string="Received from")
    date_to = fields.Datetime(string="Received before")
    per_minute = fields.Integer(
        string="At most a minute", default=600, help="0: all at once."
    )
    preview_ids = fields.Many2many(
        "integration.delivery", compute="_compute_preview", string="First of them"
    )
    match_count = fields.Integer(compute="_compute_preview", string="To be replayed")
    skipped_count = fields.Integer(
        compute="_compute_preview",
        string="Left out",
        help="Applied by Odoo already: their effects would happen twice.",
    )
    needs_approval = fields.Boolean(compute="_compute_preview")
    requested_by = fields.Many2one("res.users", readonly=True, copy=False)
    decided_by = fields.Many2one("res.users", readonly=True, copy=False)
    replayed_count = fields.Integer(string="Replayed", readonly=True, copy=False)

    @api.constrains("date_from", "date_to", "per_minute")
    def _check_filter(self):
        for replay in self:
            if replay.per_minute < 0:
                raise ValidationError(self.env._("A pace is not negative."))
            ends = replay.date_to
            if replay.date_from and ends and replay.date_from >= ends:
                raise ValidationError(
                    self.env._("The time range ends before it begins.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_undecided(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_undecided(vals)
        return super().write(vals)

    def _check_undecided(self, vals):
        """Keep the decision, and what was decided about, out of everybody's hands.

        :raises AccessError: unless this is one of the buttons' own writes.
        """
        if self.env.su:
            return
        own = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if DECIDED & own or (own and any(replay.state != "draft" for replay in self)):
            raise AccessError(
                self.env._("A replay is decided about with its buttons only.")
            )

    def _get_domain(self):
        """Return the domain of everything that is selected or matches the filter."""
        self.ensure_one()
        if self.delivery_ids:
            return Domain("id", "in", self.delivery_ids.ids) & Domain(
                "state", "in", REPLAYABLE_STATES
            )
        domain = Domain("state", "=", self.delivery_state or "dead") & Domain(
            "company_id", "=", self.company_id.id
        )
        for field, operator, value in (
            ("system_id", "=", self.system_id.id),
            ("contract_id.code", "=", self.contract_code),
            ("direction", "=", self.direction),
            ("received_at", ">=", self.date_from),
            ("received_at", "<", self.date_to),
        ):
            if value:
                domain &= Domain(field, operator, value)
        return domain

    @api.depends(
        "delivery_ids",
        "system_id",
        "contract_code",
        "direction",
        "delivery_state",
        "date_from",
        "date_to",
        "company_id",
    )
    def _compute_preview(self):
        Delivery = self.env["integration.delivery"]
        applied = Domain("direction", "=", "in") & Domain("state", "=", "done")
        for replay in self:
            domain = replay._get_domain()
            wanted = domain & ~applied
            replay.match_count = Delivery.search_count(wanted)
            replay.skipped_count = Delivery.search_count(domain & applied)
            replay.preview_ids = Delivery.search(
                wanted, order="id", limit=PREVIEW_ROWS
            )
            replay.needs_approval = replay._find_needs_approval(wanted)

    def _find_needs_approval(self, domain):
        """Return whether the policy of any flow among them asks for a second person."""
        flows = self.env["integration.delivery"]._read_group(
            domain, ["system_id", "contract_id"]
        )
        Policy = self.env["integration.policy"]
        return any(
            Policy._get_flow(system.id, contract.id).replay_needs_approval
            for system, contract in flows
        )

    def action_submit(self):
        """Replay now, or ask for approval where a policy wants it."""
        self.ensure_one()
        self.env["integration.delivery"]._check_may_decide()
        self._check_state("draft")
        if not self.match_count:
            raise UserError(self.env._("There is nothing to replay: widen the filter."))
        self._decide({"requested_by": self.env.uid})
        if self.needs_approval:
            # What is approved is what was previewed, not what matches by then.
            chosen = [Command.set(self._find_deliveries().ids)]
            self._decide({"delivery_ids": chosen, "state": "waiting"})
            return
        self._run()

    def action_approve(self):
        """Replay what somebody else asked for."""
        self.ensure_one()
        self._check_approver()
        self._check_state("waiting")
        self._decide({"decided_by": self.env.uid})
        self._run()

    def action_reject(self):
        self.ensure_one()
        self._check_approver()
        self._check_state("waiting")
        self._decide({"state": "rejected", "decided_by": self.env.uid})

    def _decide(self, vals):
        # Nobody may write these; the buttons do, after they have checked who pressed.
        self.sudo().write(vals)

    def _check_state(self, state):
        if self.state != state:
            raise UserError(self.env._("This replay has been decided about already."))

    def _check_approver(self):
        approver = "integration_core.integration_core_group_approver"
        if not self.env.user.has_group(approver):
            raise AccessError(self.env._("Only approvers decide about a replay."))
        if self.requested_by == self.env.user:
            raise UserError(
                self.env._("A second person approves: you asked for this replay.")
            )

    def _find_deliveries(self):
        applied = Domain("direction", "=", "in") & Domain("state", "=", "done")
        return self.env["integration.delivery"].search(
            self._get_domain() & ~applied, order="id"
        )

    def _run(self):
        """Make the deliveries due, one after the other at the pace that was set."""
        deliveries = self._find_deliveries()
        # Operators decide through these buttons only; they cannot write the rows.
        rows = deliveries.sudo()
        rows.lock_for_update()
        exceptions = rows.exception_id
        self.env.flush_all()
        count = replay_queries.replay(
            self.env.cr,
            deliveries.ids,
            states=REPLAYABLE_STATES,
            seconds_between=60 / self.per_minute if self.per_minute else 0,
            user_id=(self.requested_by or self.env.user).id,
            now=queries.now(),
        )
        rows.invalidate_recordset()
        exceptions.invalidate_recordset()
        exceptions._close_if_settled()
        self._decide({"state": "done", "replayed_count": count})
        rows._wake()
