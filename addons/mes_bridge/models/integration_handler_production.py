"""One handler per report; they share how an order is found and a report is taken."""

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult


class ProductionHandler(models.AbstractModel):
    """What all reports of the shop floor have in common."""

    _name = "integration.handler.production"
    _inherit = "integration.handler"
    _description = "Shop floor report handler"

    def _handle(self, message):
        order = self._find_order(message)
        vals = {
            "identity": f"{message.source}#{message.event_id}",
            "message_id": message.id,
            "occurred_at": message.occurred_at or message.received_at,
            "sequence": (message.sequence or 0) % 2**31,
            **self._prepare_event_vals(message, order),
        }
        if not order._take(vals):
            return HandlerResult(
                record=order,
                outcome="ignored",
                summary=self.env._("This report is on record already."),
            )
        labels = dict(order._fields["state"]._description_selection(self.env))
        return HandlerResult(
            record=order,
            summary=labels[order.state],
            data={"order": order.name, "state": order.state},
        )

    def _prepare_event_vals(self, message, order):
        """Hook: return the values of the ``mes.event`` of one kind of report."""
        raise NotImplementedError

    def _find_order(self, message):
        """Return the order a report is about, locked against other reports.

        :raises BusinessError: there is none of that reference.
        """
        reference = message._get_payload()["order"]
        order = self.env["mes.order"].search(
            [
                ("name", "=", reference),
                ("company_id", "=", message.company_id.id),
            ]
        )
        if not order:
            raise BusinessError(
                self.env._(
                    "%(system)s reports on the order '%(order)s', which was never "
                    "released to it.",
                    system=message.system_id.name,
                    order=reference,
                ),
                kind="mes_bridge.unknown_order",
                fingerprint=reference,
            )
        order.lock_for_update()
        return order

    def _prepare_quantity_vals(self, message, product, create_lot):
        payload = message._get_payload()
        lot = self.env["stock.lot"]
        if payload.get("lot"):
            lot = self._resolve_lot(message, product, payload["lot"], create=create_lot)
        elif product.tracking != "none":
            raise BusinessError(
                self.env._(
                    "%s is tracked by lot: report the lot.", product.display_name
                ),
                kind="mes_bridge.lot_missing",
                fingerprint=f"{product.id}",
            )
        return {
            "product_id": product.id,
            "lot_id": lot.id,
            "quantity": self._resolve_quantity(
                message, product, payload["quantity"], payload["unit"]
            ),
        }


class ProductionOperationStartedHandler(models.AbstractModel):
    _name = "integration.handler.production.operation.started"
    _inherit = "integration.handler.production"
    _description = "Operation started handler"

    def _prepare_event_vals(self, message, order):
        return {"kind": "started"}


class ProductionConsumedHandler(models.AbstractModel):
    _name = "integration.handler.production.consumed"
    _inherit = "integration.handler.production"
    _description = "Consumption handler"

    def _prepare_event_vals(self, message, order):
        product = self._resolve(message, "item", message._get_payload()["item"])
        vals = self._prepare_quantity_vals(message, product, create_lot=False)
        return {"kind": "consumed", **vals}


class ProductionReportedHandler(models.AbstractModel):
    _name = "integration.handler.production.reported"
    _inherit = "integration.handler.production"
    _description = "Production handler"

    def _prepare_event_vals(self, message, order):
        vals = self._prepare_quantity_vals(message, order.product_id, create_lot=True)
        return {"kind": "reported", **vals}


class ProductionOrderCompletedHandler(models.AbstractModel):
    _name = "integration.handler.production.order.completed"
    _inherit = "integration.handler.production"
    _description = "Order completed handler"

    def _prepare_event_vals(self, message, order):
        payload = message._get_payload()
        good = self._resolve_quantity(
            message, order.product_id, payload["good_quantity"], payload["unit"]
        )
        return {
            "kind": "completed",
            "announced": {
                "good": good,
                "consumed": [
                    self._prepare_total(message, entry) for entry in payload["consumed"]
                ],
            },
        }

    def _prepare_total(self, message, entry):
        product = self._resolve(message, "item", entry["item"])
        lot = self.env["stock.lot"]
        if entry.get("lot"):
            lot = self._resolve_lot(message, product, entry["lot"])
        quantity = self._resolve_quantity(
            message, product, entry["quantity"], entry["unit"]
        )
        return [product.id, lot.id or 0, quantity]
