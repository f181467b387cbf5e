from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..lib.expression import (
    Expression,
    ExpressionError,
    compile_expression,
    compile_or_break,
    evaluate,
    is_met,
)


@dataclass(frozen=True)
class Consumer:
    """Who receives an event, and what of it; kept in every process's cache."""

    endpoint_id: int
    system_id: int
    filter: Expression
    transformation: Expression | None

    def wants(self, payload):
        """Whether the filter lets an event pass.

        :raises lib.expression.ExpressionError: when it cannot be applied.
        """
        return is_met(self.filter, payload)

    def transform(self, payload):
        """Return the payload for this receiver, None where it is the published one.

        :raises lib.expression.ExpressionError: when it cannot be made.
        """
        if self.transformation is None:
            return None
        result = evaluate(self.transformation, payload)
        if not result:
            # What is empty would be taken for the payload as it was published.
            raise ExpressionError("The transformation leaves nothing of the event.")
        return result


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

    filter_expression = fields.Char(
        string="Only if",
        help="JMESPath over the payload, such as quantity > `100` or "
        "plant == 'NORTH'. Empty: every event.",
    )
    transformation = fields.Text(
        help="JMESPath that builds the payload this receiver gets, such as "
        "{lot: lot, state: to}. Empty: the payload as it was published.",
    )

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

    @api.constrains("filter_expression", "transformation")
    def _check_expressions(self):
        for subscription in self:
            for name in ("filter_expression", "transformation"):
                try:
                    compile_expression(subscription[name] or "@")
                except ExpressionError as error:
                    raise ValidationError(
                        self.env._(
                            "%(event)s for %(endpoint)s: %(reason)s",
                            event=subscription.contract_code,
                            endpoint=subscription.endpoint_id.name,
                            reason=error,
                        )
                    ) from error

    @api.depends("contract_code", "endpoint_id")
    def _compute_display_name(self):
        for subscription in self:
            subscription.display_name = (
                f"{subscription.contract_code} → {subscription.endpoint_id.name}"
            )

    @api.model
    @ormcache("contract_code", "company_id")
    def _find_consumers(self, contract_code, company_id):
        """Return a ``Consumer`` for everybody who receives an event."""
        # Published by anyone's business transaction: whoever confirms an order need
        # not be able to read who listens.
        subscriptions = self.sudo().search(
            [
                ("contract_code", "=", contract_code),
                ("company_id", "=", company_id),
                ("active", "=", True),  # whatever the context of who publishes
                ("system_id.state", "=", "active"),
                ("endpoint_id.active", "=", True),
            ]
        )
        return tuple(
            Consumer(
                subscription.endpoint_id.id,
                subscription.system_id.id,
                compile_or_break(subscription.filter_expression or "`true`"),
                compile_or_break(subscription.transformation)
                if subscription.transformation
                else None,
            )
            for subscription in subscriptions
            if ("out", contract_code)
            in {
                (scope.direction, scope.code)
                for scope in subscription.system_id.scope_ids
            }
        )
