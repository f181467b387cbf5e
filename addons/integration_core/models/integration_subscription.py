from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class IntegrationSubscription(models.Model):
    """Who receives which business event, and where."""

    _name = "integration.subscription"
    _inherit = "integration.cached.rules.mixin"
    _description = "Subscription"
    _order = "contract_code, endpoint_id"

    active = fields.Boolean(default=True)
    contract_code = fields.Char(
        string="Event",
        required=True,
        index=True,
        help="Code of an outbound contract, such as lot.disposition.changed.",
    )
    endpoint_id = fields.Many2one(
        "integration.endpoint", required=True, index=True, ondelete="cascade"
    )
    system_id = fields.Many2one(related="endpoint_id.system_id", store=True, index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)

    _once = models.Constraint(
        "UNIQUE(contract_code, endpoint_id)",
        "This endpoint receives this event already.",
    )

    @api.constrains("contract_code", "endpoint_id")
    def _check_scope(self):
        for subscription in self:
            scopes = subscription.system_id.scope_ids.filtered(
                lambda s: s.direction == "out"
            )
            if subscription.contract_code not in scopes.mapped("code"):
                raise ValidationError(
                    self.env._(
                        "%(system)s may not receive '%(code)s'. Add the contract to the "
                        "scopes of the system first.",
                        system=subscription.system_id.name,
                        code=subscription.contract_code,
                    )
                )

    @api.depends("contract_code", "endpoint_id")
    def _compute_display_name(self):
        for subscription in self:
            subscription.display_name = (
                f"{subscription.contract_code} → {subscription.endpoint_id.name}"
            )

    @api.model
    @ormcache("contract_code", "company_id")
    def _find_consumers(self, contract_code, company_id):
        """Return ``(endpoint id, system id)`` of everybody who receives an event."""
        # Published by anyone's business transaction: whoever confirms an order need
        # not be able to read who listens.
        subscriptions = self.sudo().search(
            [
                ("contract_code", "=", contract_code),
                ("company_id", "=", company_id),
                ("system_id.state", "=", "active"),
                ("endpoint_id.active", "=", True),
            ]
        )
        return tuple(
            (subscription.endpoint_id.id, subscription.system_id.id)
            for subscription in subscriptions
            if ("out", contract_code)
            in {
                (scope.direction, scope.code)
                for scope in subscription.system_id.scope_ids
            }
        )
