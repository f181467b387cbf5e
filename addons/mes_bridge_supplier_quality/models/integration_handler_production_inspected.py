from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError


class ProductionInspectedHandler(models.AbstractModel):
    """Takes what the shop floor measured on a lot that it made, or is about to make."""

    _name = "integration.handler.production.inspected"
    _inherit = "integration.handler.production.reported"
    _description = "In-process inspection handler"

    def _find_order(self, message):
        """Results that do not fit park the message that brings them, and no other."""
        order = super()._find_order(message)
        return order.with_context(mes_inspected_by=message.id)

    def _prepare_events_vals(self, message, order):
        payload = message._get_payload()
        product, _kind = self._get_output(message, order)
        lot = self._get_lot(message, order, product, payload["lot"], True)
        if not lot:
            raise BusinessError(
                self.env._(
                    "%s is not tracked by lot: there is no lot that results decide about.",
                    product.display_name,
                ),
                kind="mes_bridge.lot_missing",
                fingerprint=f"{product.id}",
                values={"mes_order_id": order.id},
            )
        vals = {
            "kind": "inspected",
            "product_id": product.id,
            "lot_id": lot.id,
            "worker": payload.get("inspector"),
            "workorder_id": self._find_workorder(message, order).id,
            "results": payload["results"],
            "is_final": payload.get("final", True),
            "results_state": "waiting",
        }
        if "quantity" in payload:
            vals |= self._prepare_measured_vals(message, product, payload)
        return [vals]
