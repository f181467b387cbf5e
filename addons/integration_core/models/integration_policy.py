from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..lib.backoff import parse_schedule
from ..lib.flow import DEFAULTS, Flow


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
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)

    _flow_unique = models.UniqueIndex(
        "(COALESCE(system_id, 0), COALESCE(contract_code, ''), direction)",
        "This flow has a policy already.",
    )

    @api.depends("tier")
    def _compute_defaults(self):
        for policy in self:
            flow = DEFAULTS[policy.tier or "2"]
            policy.max_attempts = flow.max_attempts
            policy.retry_schedule = ", ".join(str(delay) for delay in flow.schedule)
            policy.latency_target_seconds = flow.latency_target_seconds

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
        candidates = self.sudo().search(
            [
                ("direction", "=", contract.direction),
                ("system_id", "in", (system_id, False)),
                ("contract_code", "in", (contract.code, False)),
            ]
        )
        policy = candidates.sorted(
            lambda p: (bool(p.system_id), bool(p.contract_code)), reverse=True
        )[:1]
        return policy._prepare_flow(contract)

    def _prepare_flow(self, contract):
        tier = self.tier or contract.tier
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
        )
