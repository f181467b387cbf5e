from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..lib.backoff import parse_schedule
from ..lib.flow import DEFAULTS, Flow
from ..lib.ordering import OrderRules

WAITING_STATES = ("pending", "retry", "running", "parked")


class IntegrationPolicy(models.Model):
    """The rules of one flow: system × contract × direction.

    A policy without a system or without a contract covers all of them; the most
    specific one wins, and a flow without a policy follows its tier's defaults.
    """

    _name = "integration.policy"
    _inherit = "integration.cached.rules.mixin"
    _description = "Flow Policy"
    _order = "system_id, contract_code, direction"
    _rec_names_search = ["contract_code", "system_id"]

    system_id = fields.Many2one("integration.system", index=True, ondelete="cascade")
    contract_code = fields.Char(index=True, help="Empty: every contract.")
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, default="in"
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("retired", "Retired")],
        required=True,
        default="active",
        copy=False,
    )
    tier = fields.Selection(
        [("1", "1 · real time"), ("2", "2 · near real time"), ("3", "3 · batch")],
        required=True,
        default="2",
    )
    max_attempts = fields.Integer(
        required=True,
        compute="_compute_defaults",
        store=True,
        readonly=False,
        precompute=True,
    )
    retry_schedule = fields.Char(
        required=True,
        compute="_compute_defaults",
        store=True,
        readonly=False,
        precompute=True,
        help="Seconds before the second, third … attempt; the last one repeats.",
    )
    latency_target_seconds = fields.Integer(
        required=True,
        compute="_compute_defaults",
        store=True,
        readonly=False,
        precompute=True,
        help="From received to done; what takes longer is late.",
    )
    criticality = fields.Selection(
        [
            ("low", "Low"),
            ("normal", "Normal"),
            ("high", "High"),
            ("line_stop", "Stops the line"),
        ],
        required=True,
        default="normal",
    )
    order_rule = fields.Selection(
        [
            ("strict", "Strict: one after the other"),
            ("latest_wins", "Latest wins: older states are ignored"),
            ("none", "None: in any order, side by side"),
        ],
        required=True,
        default="strict",
        help="Among messages with the same order key.",
    )
    late_rule = fields.Selection(
        [
            ("apply", "Apply in the order of arrival"),
            ("wait", "Wait for what is missing, then raise"),
            ("ignore", "Ignore what comes too late"),
            ("raise", "Raise at once"),
        ],
        string="Late or out of order",
        required=True,
        default="apply",
        help="By epoch and sequence where the sender counts, else by the time of the "
        "event.",
    )
    order_window_seconds = fields.Integer(
        string="Wait up to (s)",
        required=True,
        default=60,
        help="How long a gap in the sequence is waited for.",
    )
    stale_after_seconds = fields.Integer(
        string="Stale after (s)",
        required=True,
        default=0,
        help="Older messages are ignored; 0: never.",
    )
    rate_limit_per_minute = fields.Integer(
        string="Limit a minute",
        required=True,
        default=0,
        help="More inbound messages of this flow are answered with 429; 0: as many as "
        "the system may send.",
    )
    requires_idempotency_key = fields.Boolean(
        help="Single messages without the header Idempotency-Key are refused."
    )
    replay_needs_approval = fields.Boolean(
        help="A second person approves before anything of this flow is replayed."
    )
    retention_days = fields.Integer(
        string="Keep for (days)",
        required=True,
        default=0,
        help="Settled messages older than this leave the log by night, and with them "
        "their idempotency keys; 0: kept for good.",
    )
    late_count = fields.Integer(
        compute="_compute_late_count",
        string="Late in 24 h",
        help="Deliveries that took longer than the target, or wait for longer now.",
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)

    _windows_positive = models.Constraint(
        "CHECK(order_window_seconds >= 0 AND stale_after_seconds >= 0"
        " AND rate_limit_per_minute >= 0 AND retention_days >= 0)",
        "Windows, limits and days are not negative.",
    )
    _flow_unique = models.UniqueIndex(
        "(COALESCE(system_id, 0), COALESCE(contract_code, ''), direction)"
        " WHERE state = 'active'",
        "This flow has a policy already.",
    )

    @api.depends("tier")
    def _compute_defaults(self):
        for policy in self:
            flow = DEFAULTS[policy.tier or "2"]
            policy.max_attempts = flow.max_attempts
            policy.retry_schedule = ", ".join(str(delay) for delay in flow.schedule)
            policy.latency_target_seconds = flow.latency_target_seconds

    def _compute_late_count(self):
        since = fields.Datetime.now() - timedelta(days=1)
        late = self._count_by_flow(
            [("is_late", "=", True), ("finished_at", ">=", since)]
        )
        late.update(self._count_overdue())
        counts = Counter()
        for (system, contract), count in late.items():
            counts[self._get_flow(system.id, contract.id).policy_id] += count
        for policy in self:
            policy.late_count = counts[policy.id]

    @api.model
    def _count_by_flow(self, domain):
        """Return ``Counter({(system, contract): deliveries})``."""
        rows = self.env["integration.delivery"]._read_group(
            domain, ["system_id", "contract_id"], ["__count"]
        )
        return Counter({(system, contract): count for system, contract, count in rows})

    @api.model
    def _count_overdue(self):
        """Count what waits for longer than its flow's target, like `_count_by_flow`."""
        now = fields.Datetime.now()
        waiting = [("state", "in", WAITING_STATES)]
        targets = {
            (system, contract): self._get_flow(
                system.id, contract.id
            ).latency_target_seconds
            for system, contract in self._count_by_flow(waiting)
        }
        overdue = Counter()
        for target in set(targets.values()):
            received = [("received_at", "<", now - timedelta(seconds=target))]
            overdue.update(
                {
                    flow: count
                    for flow, count in self._count_by_flow(waiting + received).items()
                    if targets.get(flow) == target
                }
            )
        return overdue

    @api.depends("system_id", "contract_code", "direction")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = " · ".join(
                (
                    policy.system_id.name or self.env._("every system"),
                    policy.contract_code or self.env._("every contract"),
                    policy.direction or "",
                )
            )

    @api.constrains("retry_schedule", "max_attempts")
    def _check_retry_schedule(self):
        for policy in self:
            try:
                parse_schedule(policy.retry_schedule or "")
            except ValueError as error:
                raise ValidationError(str(error)) from error
            if policy.max_attempts < 1:
                raise ValidationError(
                    self.env._("A delivery has at least one attempt.")
                )

    @api.model
    @ormcache("system_id", "contract_id")
    def _get_flow(self, system_id, contract_id):
        """Return the rules in force as a ``lib.flow.Flow``, with the lane's id."""
        # Rules are read for machines and in business transactions of anyone; they
        # hold no business data.
        contract = self.env["integration.contract"].sudo().browse(contract_id)
        policy = self.sudo()._find_in_force(
            system_id, contract.code, contract.direction
        )
        return policy._prepare_flow(contract)

    @api.model
    def _get_flows(self, keys):
        """Return ``{(system id, contract id): lib.flow.Flow}``, each looked up once."""
        return {key: self._get_flow(*key) for key in set(keys)}

    @api.model
    def _find_in_force(self, system_id, code, direction):
        """Return the most specific active policy of a flow, or nothing."""
        candidates = self.search(
            [
                ("state", "=", "active"),
                ("direction", "=", direction),
                ("system_id", "in", (system_id, False)),
                ("contract_code", "in", (code, False)),
            ]
        )
        return candidates.sorted(
            lambda p: (bool(p.system_id), bool(p.contract_code)), reverse=True
        )[:1]

    @api.model
    @ormcache("system_id", "contract_id")
    def _get_criticality(self, system_id, contract_id):
        """Return how critical a flow is; normal where no policy says so."""
        if not contract_id:
            # An exception of a document, for which no message waits.
            return "normal"
        policy_id = self._get_flow(system_id, contract_id).policy_id
        # See _get_flow.
        return self.sudo().browse(policy_id).criticality or "normal"

    def _prepare_flow(self, contract):
        tier = self.tier or contract.tier
        # See _get_flow.
        lane = (
            self.env["integration.lane"].sudo().search([("tier", "=", tier)], limit=1)
        )
        if not self:
            return DEFAULTS[tier].in_lane(lane.id)
        return Flow(
            tier=tier,
            max_attempts=self.max_attempts,
            schedule=parse_schedule(self.retry_schedule),
            latency_target_seconds=self.latency_target_seconds,
            lane_id=lane.id,
            policy_id=self.id,
            order=OrderRules(
                order=self.order_rule,
                late=self.late_rule,
                window_seconds=self.order_window_seconds,
                stale_after_seconds=self.stale_after_seconds,
            ),
            rate_limit_per_minute=self.rate_limit_per_minute,
            requires_idempotency_key=self.requires_idempotency_key,
            replay_needs_approval=self.replay_needs_approval,
            retention_days=self.retention_days,
        )
