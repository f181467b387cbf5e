"""B2MML at the edge of the backbone: what comes and goes are our messages."""

import json

from odoo import http
from odoo.http import Response, request

from odoo.addons.integration_core.controllers.messages import (
    MACHINE_ROUTE,
    MAX_BATCH_BYTES,
    MessagesController,
)
from odoo.addons.integration_core.controllers.requests import require_method
from odoo.addons.integration_core.controllers.responses import (
    answers_problems,
    json_response,
)
from odoo.addons.integration_core.controllers.unavailable import ROOT
from odoo.addons.integration_core.lib.problems import Problem
from odoo.addons.integration_core.lib.strict_json import JsonError, parse

from ..lib.b2mml_messages import prepare_messages
from ..lib.b2mml_values import B2mmlError
from ..lib.b2mml_xml import from_xml, to_xml

JSON, XML = "application/json", "application/xml"
XML_FORMS = (XML, "text/xml")
RELEASED = "production.order.released"


class B2mmlController(MessagesController):
    @http.route(f"{ROOT}/<string:system>/b2mml", **MACHINE_ROUTE)
    @answers_problems
    def receive_b2mml(self, system, **_parameters):
        """Admit a production performance: each report of it is a message of its own."""
        require_method("POST")
        form = request.httprequest.mimetype
        content_type = form if form in XML_FORMS else JSON
        caller, body = self._open(system, content_type, MAX_BATCH_BYTES)
        return self._answer_batch(
            system,
            caller,
            body,
            lambda raw: json.dumps(self._read_performance(raw, content_type)).encode(),
        )

    def _read_performance(self, body, content_type):
        """Return the events of a document.

        :raises Problem: 400 when it cannot be read, 422 when our contracts cannot say it.
        """
        try:
            return prepare_messages(
                from_xml(body) if content_type in XML_FORMS else parse(body)
            )
        except JsonError as error:
            raise Problem(
                400, "malformed-json", "Not valid JSON", str(error)
            ) from error
        except B2mmlError as error:
            raise Problem(
                422, "invalid-b2mml", "Not a B2MML performance we can take", str(error)
            ) from error

    def _find_order(self, env, system, reference):
        """Return an order of the caller's company and plants, or an empty one."""
        # The code is the caller's own: the request was authenticated for it.
        plants = (
            env["integration.system"]
            .sudo()
            .search([("code", "=", system)])
            .warehouse_ids
        )
        # Whoever may be sent the release may read it.
        return env["mes.order"].sudo()._find(reference, env.company, plants)

    @http.route(
        f"{ROOT}/<string:system>/b2mml/schedule/<path:reference>", **MACHINE_ROUTE
    )
    @answers_problems
    def read_schedule(self, system, reference, **_parameters):
        """Tell an order as it is released now, as XML or JSON: as the caller accepts."""
        require_method("GET", "HEAD")
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b"", system
        )
        caller.require_scope("out", RELEASED)
        # Whoever may be sent the release may read it; of its own company only.
        env = caller.get_environment(request.env)
        order = self._find_order(env, system, reference)
        if not order:
            raise Problem(
                404,
                "unknown-order",
                "There is no such order",
                "No order of this reference was released to the shop floor.",
            )
        document = order._prepare_b2mml_schedule()
        accepts = request.httprequest.accept_mimetypes
        if accepts.best_match([JSON, *XML_FORMS], default=JSON) == JSON:
            return json_response(200, document)
        return Response(
            to_xml(document), content_type=XML, headers={"Cache-Control": "no-store"}
        )
