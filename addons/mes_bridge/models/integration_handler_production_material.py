"""Handlers of what was consumed, made, scrapped and sent to rework."""

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError


class ProductionConsumedHandler(models.AbstractModel):
    _name = "integration.handler.production.consumed"
    _inherit = "integration.handler.production"
    _description = "Consumption handler"

    def _prepare_events_vals(self, message, order):
        payload = message._get_payload()
        product = self._resolve(message, "item", payload["item"])
        output = self.env["stock.lot"]
        if payload.get("output_lot"):
            output = self._resolve_lot(
                message, order.product_id, payload["output_lot"], create=True
            )
        workorder = self._find_workorder(message, order)
        return [
            {
                "kind": "consumed",
                "output_lot_id": output.id,
                "workorder_id": workorder.id,
                **vals,
            }
            for vals in self._prepare_quantity_vals(
                message, order, product, create_lot=False
            )
        ]


class ProductionReportedHandler(models.AbstractModel):
    _name = "integration.handler.production.reported"
    _inherit = "integration.handler.production"
    _description = "Production handler"

    def _prepare_events_vals(self, message, order):
        product, kind = self._get_output(message, order)
        workorder = self._find_workorder(message, order)
        return [
            {"kind": kind, "workorder_id": workorder.id, **vals}
            for vals in self._prepare_quantity_vals(
                message, order, product, create_lot=True
            )
        ]

    def _get_output(self, message, order):
        """Return the product that was made, and whether it is the order's own.

        :raises BusinessError: ``mes_bridge.unknown_output``
        """
        code = message._get_payload().get("item")
        if not code:
            return order.product_id, "reported"
        product = self._resolve(message, "item", code)
        if product == order.product_id:
            return product, "reported"
        if product in order._get_production().move_byproduct_ids.product_id:
            return product, "byproduct"
        raise BusinessError(
            self.env._(
                "%(product)s was reported on %(order)s, which makes %(expected)s and "
                "has no such by-product.",
                product=product.display_name,
                order=order.name,
                expected=order.product_id.display_name,
            ),
            kind="mes_bridge.unknown_output",
            fingerprint=f"{order.name}:{product.id}",
            values={"mes_order_id": order.id},
        )


class ProductionScrappedHandler(models.AbstractModel):
    """Scrap: of a component out of its place, of the product after it was made.

    Units that never were good are made and scrapped, as a person would post them: their
    cost is the order's. Units that were reported as good before are only scrapped.
    """

    _name = "integration.handler.production.scrapped"
    _inherit = "integration.handler.production"
    _description = "Scrap handler"

    def _prepare_events_vals(self, message, order):
        payload = message._get_payload()
        product = order.product_id
        if payload.get("item"):
            product = self._resolve(message, "item", payload["item"])
        reason = self.env["stock.scrap.reason.tag"]
        if payload.get("reason_code"):
            reason = self._resolve(message, "scrap_reason", payload["reason_code"])
        workorder = self._find_workorder(message, order)
        return [
            {
                "kind": "scrapped",
                "made_before": payload.get("reported_before", False),
                "reason": payload.get("reason"),
                "scrap_reason_id": reason.id,
                "workorder_id": workorder.id,
                **vals,
            }
            for vals in self._prepare_quantity_vals(
                message, order, product, create_lot=order._is_made(product)
            )
        ]


class ProductionReworkedHandler(models.AbstractModel):
    """Units sent to rework: on record; they count once they come back as good."""

    _name = "integration.handler.production.reworked"
    _inherit = "integration.handler.production"
    _description = "Rework handler"

    def _prepare_events_vals(self, message, order):
        workorder = self._find_workorder(message, order)
        return [
            {
                "kind": "reworked",
                "reason": message._get_payload().get("reason"),
                "workorder_id": workorder.id,
                **vals,
            }
            for vals in self._prepare_quantity_vals(
                message, order, order.product_id, create_lot=True
            )
        ]
