from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class IntegrationPolicy(models.Model):
    """Policies are governed, and say whether a flow applies what it does."""

    _name = "integration.policy"
    _inherit = ["integration.policy", "integration.governed.mixin"]
    _key_fields = ("system_id.code", "contract_code", "direction")

    execution = fields.Selection(
        [("live", "Live"), ("shadow", "Shadow: try, undo, compare")],
        required=True,
        default="live",
        help="A shadow run is translated, validated and executed, then rolled back; what "
        "it would have done is compared with what really happened.",
    )
    compare_after_hours = fields.Integer(
        required=True,
        default=24,
        help="How long the existing flow gets to do the same.",
    )

    @api.model
    def _get_governed_fields(self):
        """Every setting of a policy decides something, whichever addon brings it."""
        return tuple(
            name
            for name, field in self._fields.items()
            if field.store
            and not field.related
            and field.type not in ("one2many", "many2many")
            and name not in models.MAGIC_COLUMNS
        )

    cutover_ids = fields.One2many("integration.cutover", "policy_id")
    shadow_run_count = fields.Integer(compute="_compute_shadow_counts")
    shadow_difference_count = fields.Integer(compute="_compute_shadow_counts")

    def _compute_shadow_counts(self):
        Run = self.env["integration.shadow.run"]
        counts = {
            (policy, state): count
            for policy, state, count in Run._read_group(
                [("policy_id", "in", self.ids)], ["policy_id", "state"], ["__count"]
            )
        }
        for policy in self:
            own = {state: n for (found, state), n in counts.items() if found == policy}
            policy.shadow_run_count = sum(own.values())
            policy.shadow_difference_count = own.get("different", 0) + own.get(
                "failed", 0
            )

    @api.constrains("execution", "direction")
    def _check_execution(self):
        for policy in self:
            if policy.execution == "shadow" and policy.direction != "in":
                raise ValidationError(
                    self.env._(
                        "%s: only what comes in runs in shadow; what goes out would be sent "
                        "all the same. To send nothing, switch off its subscription.",
                        policy.display_name,
                    )
                )

    def action_go_live(self):
        """Let the whole flow apply what it does."""
        self.execution = "live"

    def action_go_shadow(self):
        """Back: the flow tries and undoes again."""
        self.execution = "shadow"

    def action_open_shadow_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_governance.integration_shadow_run_action"
        )
        return dict(action, domain=[("policy_id", "=", self.id)], context={})

    @api.model
    @ormcache("policy_id")
    def _get_execution(self, policy_id):
        """Return ``(execution, {(mapping domain, record id) that are live already})``."""
        # Rules of the engine, see _get_flow.
        policy = self.sudo().browse(policy_id)
        live = policy.cutover_ids.filtered(lambda c: c.state == "active")
        return policy.execution or "live", frozenset(
            (cutover.domain_id.code, cutover.res_id) for cutover in live
        )
