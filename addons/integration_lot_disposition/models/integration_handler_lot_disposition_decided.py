from odoo import models

from odoo.addons.integration_core.lib.results import HandlerResult


class LotDispositionDecidedHandler(models.AbstractModel):
    """Takes what a QMS decided about a lot, with the rights of its service user."""

    _name = "integration.handler.lot.disposition.decided"
    _inherit = "integration.handler"
    _description = "Decided disposition handler"

    def _handle(self, message):
        payload = message._get_payload()
        product = self._resolve(message, "item", payload["item"])
        lot = self._resolve_lot(message, product, payload["lot"])
        lot._set_disposition(payload["to"], payload["reason"], path="message")
        names = {"lot": lot.name, "status": lot._get_disposition_label()}
        summary = self.env._("%(lot)s is %(status)s", **names)
        if lot.disposition != payload["to"]:
            summary = self.env._(
                "%(lot)s is %(status)s still: people here approve as well", **names
            )
        return HandlerResult(
            record=lot,
            summary=summary,
            data={"lot": lot.name, "disposition": lot.disposition},
        )
