from odoo import http
from odoo.http import request

from .. import intake
from ..lib.openapi import Limits, build_document
from .messages import MACHINE_ROUTE, MAX_BATCH_BYTES, MAX_BODY_BYTES
from .requests import require_method
from .responses import answers_problems, json_response
from .unavailable import ROOT

LIMITS = Limits(MAX_BODY_BYTES, MAX_BATCH_BYTES, intake.BATCH_MAX, intake.KEY_MAX)


class OpenApiController(http.Controller):
    """The interface, described for machines and for those who program them."""

    @http.route(f"{ROOT}/openapi.json", **MACHINE_ROUTE)
    @answers_problems
    def describe(self, **_parameters):
        """Describe what holds for everybody; with a bearer token, the caller's own."""
        require_method("GET", "HEAD")
        if "Authorization" in request.httprequest.headers:
            return self._describe(None)
        return json_response(200, build_document(self._get_url(), LIMITS))

    @http.route(f"{ROOT}/<string:system>/openapi.json", **MACHINE_ROUTE)
    @answers_problems
    def describe_system(self, system, **_parameters):
        """Describe what the calling system may send and receive."""
        require_method("GET", "HEAD")
        return self._describe(system)

    def _describe(self, system):
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b"", system
        )
        card, contracts = caller.card, request.env["integration.contract"]
        document = build_document(
            self._get_url(),
            LIMITS,
            system=card.code,
            accepts=contracts._describe(card.system_id, card.scopes, "in"),
            publishes=contracts._describe(card.system_id, card.scopes, "out"),
        )
        return json_response(200, document)

    def _get_url(self):
        return request.httprequest.url_root.rstrip("/")
