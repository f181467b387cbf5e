from odoo import models

from odoo.addons.integration_core.lib.errors import PermanentError
from odoo.addons.integration_core.lib.results import HandlerResult

from .traceability_epcis_capture import CaptureRefused


class EpcisCaptureHandler(models.AbstractModel):
    """Captures an EPCIS document that came as a message of the backbone."""

    _name = "integration.handler.epcis.capture"
    _inherit = "integration.handler"
    _description = "EPCIS capture handler"

    def _handle(self, message):
        try:
            job = self.env["traceability.epcis.capture"]._capture(
                message._get_payload(), message.system_id
            )
        except CaptureRefused as refused:
            raise PermanentError(str(refused)) from refused
        return HandlerResult(
            record=job,
            summary=self.env._(
                "%(new)s events captured, %(known)s were on record.",
                new=job.event_count,
                known=job.known_count,
            ),
        )
