"""Handlers of what operations did and how long people worked on them."""

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError


class ProductionOperationHandler(models.AbstractModel):
    _name = "integration.handler.production.operation"
    _inherit = "integration.handler.production"
    _description = "Operation handler"

    def _get_kind(self):
        """Return the kind of event: started, paused, resumed or ended."""
        raise NotImplementedError

    def _names_operation(self, message):
        """Without one the report is about the order as a whole."""
        payload = message._get_payload()
        return bool(payload.get("operation") or payload.get("work_centre"))

    def _prepare_event_vals(self, message, order):
        return {
            "kind": self._get_kind(),
            "workorder_id": self._find_workorder(
                message, order, exactly=self._names_operation(message)
            ).id,
            "reason": message._get_payload().get("reason"),
        }


class ProductionOperationStartedHandler(models.AbstractModel):
    _name = "integration.handler.production.operation.started"
    _inherit = "integration.handler.production.operation"
    _description = "Operation started handler"

    def _get_kind(self):
        return "started"


class ProductionOperationPausedHandler(models.AbstractModel):
    _name = "integration.handler.production.operation.paused"
    _inherit = "integration.handler.production.operation"
    _description = "Operation paused handler"

    def _get_kind(self):
        return "paused"


class ProductionOperationResumedHandler(models.AbstractModel):
    _name = "integration.handler.production.operation.resumed"
    _inherit = "integration.handler.production.operation"
    _description = "Operation resumed handler"

    def _get_kind(self):
        return "resumed"


class ProductionOperationEndedHandler(models.AbstractModel):
    _name = "integration.handler.production.operation.ended"
    _inherit = "integration.handler.production.operation"
    _description = "Operation ended handler"

    def _get_kind(self):
        return "ended"


class ProductionLabourHandler(models.AbstractModel):
    """Time that people worked, as closed intervals: an open one blocks a work order."""

    _name = "integration.handler.production.labour"
    _inherit = "integration.handler.production"
    _description = "Labour handler"

    def _prepare_event_vals(self, message, order):
        payload = message._get_payload()
        started, ended = (self._get_moment(payload[name]) for name in ("from", "to"))
        values = {"mes_order_id": order.id}
        subject = self.env._("Labour on %s", order.name)
        self._check_moments(message, subject, (started, ended), values)
        if ended < started:
            raise BusinessError(
                self.env._(
                    "%(subject)s ends at %(ended)s, before it starts.",
                    subject=subject,
                    ended=payload["to"],
                ),
                kind="mes_bridge.interval_reversed",
                fingerprint=order.name,
                values=values,
            )
        return {
            "kind": "labour",
            "workorder_id": self._find_workorder(message, order, exactly=True).id,
            "worker": payload.get("worker"),
            "started_at": started,
            "ended_at": ended,
        }
