from odoo import api, models

from ..lib.errors import BusinessError
from ..lib.expression import ExpressionError


class IntegrationDelivery(models.Model):
    """Opening deliveries for what was just published."""

    _inherit = "integration.delivery"

    @api.model
    def _create_outbound(self, message, payload):
        """Open one delivery per subscription of a message that was just published.

        :param payload: the same as the message's, not read back from the database.
        """
        # Published by anyone; the work list is the engine's, not theirs.
        Delivery = self.sudo()
        message = message.sudo()
        consumers = Delivery.env["integration.subscription"]._find_consumers(
            message.contract_code, message.company_id.id
        )
        vals_list, failures = [], {}
        for consumer in consumers:
            own, error = None, None
            try:
                if not consumer.wants(payload):
                    continue
                own = consumer.transform(payload)
            except ExpressionError as failure:
                error = failure
            vals = Delivery._prepare_outbound_vals(
                message, consumer.endpoint_id, consumer.system_id
            )
            vals_list.append({**vals, "payload": own})
            if error:
                failures[consumer.endpoint_id] = error
        if not vals_list:
            return
        deliveries = Delivery.create(vals_list)
        for delivery in deliveries.filtered(lambda d: d.endpoint_id.id in failures):
            delivery._park_untranslated(failures[delivery.endpoint_id.id])
        faults = message.contract_id._find_payload_faults(payload)
        if faults:
            deliveries._park_invalid(faults)
        deliveries._wake()

    @api.model
    def _prepare_outbound_vals(self, message, endpoint_id, system_id):
        flow = self.env["integration.policy"]._get_flow(
            system_id, message.contract_id.id
        )
        return {
            "message_id": message.id,
            "direction": "out",
            "system_id": system_id,
            "endpoint_id": endpoint_id,
            "company_id": message.company_id.id,
            "contract_id": message.contract_id.id,
            "lane_id": flow.lane_id,
            "order_scope": None
            if flow.order.order == "none"
            else f"out:{endpoint_id}:{message.order_key}",
            "state": "pending",
            "received_at": message.received_at,
            "next_attempt_at": message.received_at,
            "latency_target_seconds": flow.latency_target_seconds,
        }

    def _park_untranslated(self, error):
        """Keep an event that could not be filtered or transformed; tell its receiver's
        keeper, not whoever published it."""
        self._park(
            BusinessError(
                self.env._(
                    "The subscription of '%(endpoint)s' to %(code)s cannot be applied: "
                    "%(reason)s",
                    endpoint=self.endpoint_id.name,
                    code=self.contract_code,
                    reason=error,
                ),
                kind="integration_core.translation_failed",
                fingerprint=f"{self.contract_code}:{self.endpoint_id.id}",
            )
        )

    def _park_invalid(self, faults):
        """Keep an event that breaks its own contract from leaving; raise it here."""
        text = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        for delivery in self:
            error = BusinessError(
                self.env._(
                    "Odoo published %(code)s with a payload that breaks the contract: "
                    "%(faults)s",
                    code=delivery.contract_code,
                    faults=text,
                ),
                kind="integration_core.invalid_payload",
                fingerprint=f"{delivery.contract_code}:{faults[0].pointer}",
            )
            delivery._park(error)
