from odoo import api, models

from odoo.addons.integration_core.lib.asyncapi import Flow


class IntegrationContract(models.Model):
    """Contracts with the rules that a system's policies add."""

    _inherit = "integration.contract"

    @api.model
    def _describe_flows(self, system_id, scopes, direction):
        """Return a ``lib.asyncapi.Flow`` for each contract of the scopes."""
        Policies = self.env["integration.policy"]
        return [
            Flow(
                described,
                self._prepare_rules(
                    Policies._get_flow(
                        system_id,
                        self._find_id(described.code, direction, described.version),
                    )
                ),
            )
            for described in self._describe(scopes, direction)
        ]

    @api.model
    def _prepare_rules(self, flow):
        """Return what a partner has to know of a ``lib.flow.Flow``."""
        rules = {
            "tier": flow.tier,
            "latencyTargetSeconds": flow.latency_target_seconds,
            "maxAttempts": flow.max_attempts,
            "order": flow.order.order,
            "idempotencyKeyRequired": flow.requires_idempotency_key,
        }
        if flow.rate_limit_per_minute:
            rules["limitPerMinute"] = flow.rate_limit_per_minute
        return rules
