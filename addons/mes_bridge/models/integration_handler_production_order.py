"""Handlers of what concerns an order as a whole."""

from odoo import models

from odoo.addons.integration_core.lib.results import HandlerResult


class ProductionOrderAcknowledgedHandler(models.AbstractModel):
    """The MES says whether it takes an order, as it was released last."""

    _name = "integration.handler.production.order.acknowledged"
    _inherit = "integration.handler.production"
    _description = "Order acknowledged handler"

    def _handle(self, message):
        payload = message._get_payload()
        order = self._find_order(message)
        if payload.get("release", order.release_number) != order.release_number:
            return HandlerResult(
                record=order,
                outcome="ignored",
                summary=self.env._(
                    "Answers release %(answered)s; the order is at release %(current)s.",
                    answered=payload["release"],
                    current=order.release_number,
                ),
            )
        return super()._handle(message)

    def _record(self, order, vals_list):
        order._take_answer(vals_list)

    def _prepare_date_vals(self, message, order):
        """An answer moves nothing: its date is no matter."""
        return {}

    def _prepare_event_vals(self, message, order):
        payload = message._get_payload()
        return {
            "kind": "accepted" if payload["accepted"] else "rejected",
            "reason": payload.get("reason"),
        }


class ProductionReversedHandler(models.AbstractModel):
    """A report is taken back, whether it is here already or not."""

    _name = "integration.handler.production.reversed"
    _inherit = "integration.handler.production"
    _description = "Reversal handler"

    def _prepare_event_vals(self, message, order):
        payload = message._get_payload()
        source = payload.get("corrects_source") or message.source
        return {
            "kind": "reversed",
            "corrects": f"{source}#{payload['corrects']}",
            "reason": payload.get("reason"),
        }


class ProductionOrderCompletedHandler(models.AbstractModel):
    _name = "integration.handler.production.order.completed"
    _inherit = "integration.handler.production"
    _description = "Order completed handler"

    def _prepare_event_vals(self, message, order):
        payload = message._get_payload()
        good = self._measure(
            message, order.product_id, payload["good_quantity"], payload["unit"]
        )
        announced = {
            "good": good,
            "backorder": payload.get("backorder", False),
            "reports": payload.get("reports", 0),
            "part": payload.get("part", 0),
        }
        for name in ("consumed", "scrapped"):
            if name in payload:
                announced[name] = [
                    self._prepare_total(message, order, entry)
                    for entry in payload[name]
                ]
        return {"kind": "completed", "announced": announced}

    def _prepare_total(self, message, order, entry):
        product = self._resolve(message, "item", entry["item"])
        lot = self.env["stock.lot"]
        if entry.get("lot") and product.tracking != "none":
            # What was made of it may be reported later.
            made = order._is_made(product)
            lot = self._resolve_lot(message, product, entry["lot"], create=made)
        quantity = self._measure(message, product, entry["quantity"], entry["unit"])
        return [product.id, lot.id or 0, quantity]
