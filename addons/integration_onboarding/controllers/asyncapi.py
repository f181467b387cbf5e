from odoo import http
from odoo.http import request

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.requests import require_method
from odoo.addons.integration_core.controllers.responses import (
    answers_problems,
    json_response,
)
from odoo.addons.integration_core.controllers.unavailable import ROOT
from odoo.addons.integration_core.lib.asyncapi import build_document


class AsyncApiController(http.Controller):
    """The events of a system, described for machines."""

    @http.route(f"{ROOT}/<string:system>/asyncapi.json", **MACHINE_ROUTE)
    @answers_problems
    def describe(self, system, **_parameters):
        """Describe what the calling system sends and receives, and by which rules."""
        require_method("GET", "HEAD")
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b"", system
        )
        card = caller.card
        accepts, publishes = (
            request.env["integration.contract"]._describe(
                card.system_id, card.scopes, direction
            )
            for direction in ("in", "out")
        )
        url = request.httprequest.url_root.rstrip("/")
        return json_response(200, build_document(url, card.code, accepts, publishes))
