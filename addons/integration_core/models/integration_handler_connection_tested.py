from odoo import models

from ..lib.results import HandlerResult


class ConnectionTestedHandler(models.AbstractModel):
    """The first message of a new connection; changes nothing."""

    _name = "integration.handler.connection.tested"
    _inherit = "integration.handler"
    _description = "Connection Test Handler"

    def _handle(self, message):
        return HandlerResult(
            summary=self.env._("Received: %s", message._get_payload()["text"]),
            data={"text": message._get_payload()["text"]},
        )
