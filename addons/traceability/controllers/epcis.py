import json

from odoo import fields, http
from odoo.http import request

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.responses import (
    answers_problems,
    json_response,
)
from odoo.addons.integration_core.controllers.unavailable import MACHINE_ROOTS
from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.problems import Fault, Problem

SCOPE = "epcis.events"
PER_PAGE = 30
PER_PAGE_MAX = 1000
MACHINE_ROOTS.append("/epcis/v2")


class EpcisController(http.Controller):
    @http.route("/epcis/v2/events", **MACHINE_ROUTE)
    @answers_problems
    def events(self, **_parameters):
        """Return the lot ledger as EPCIS events (EPCIS 2.0 REST binding, query)."""
        parameters = request.httprequest.args
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b""
        )
        caller.require_scope("out", SCOPE)
        env = caller.get_environment(request.env)
        per_page = self._read_number(parameters, "perPage", PER_PAGE, PER_PAGE_MAX)
        after = self._read_number(parameters, "nextPageToken", 0, 2**31 - 1)
        rows = env["traceability.lot.event"].search(
            [("id", ">", after), *self._read_period(parameters)],
            order="id",
            limit=per_page + 1,
        )
        headers = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
        if len(rows) > per_page:
            rows = rows[:per_page]
            headers["Link"] = (
                f"<{request.httprequest.base_url}?perPage={per_page}"
                f'&nextPageToken={rows[-1].id}>; rel="next"'
            )
        return json_response(200, rows._export_epcis(), headers)

    def _read_period(self, parameters):
        domain = []
        for name, operator in (("GE_eventTime", ">="), ("LT_eventTime", "<")):
            if name not in parameters:
                continue
            moment = parse_moment(parameters[name].replace(" ", "+"))
            if moment is None:
                raise Problem(
                    400,
                    "invalid-parameter",
                    "A parameter is malformed",
                    f"{name} must be an RFC 3339 date and time with its zone.",
                    faults=[Fault(f"/{name}", "Not a date and time.")],
                )
            domain.append(("occurred_at", operator, fields.Datetime.to_string(moment)))
        return domain

    def _read_number(self, parameters, name, default, maximum):
        text = parameters.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= maximum:
            return int(text)
        raise Problem(
            400,
            "invalid-parameter",
            "A parameter is malformed",
            f"{name} must be a whole number from 1 to {maximum}.",
            faults=[Fault(f"/{name}", "Not a whole number in range.")],
        )

    @http.route("/traceability/epcis", type="http", auth="user", methods=["GET"])
    def download(self, ids="", **_parameters):
        """Download rows of the ledger; the user's own rights decide which."""
        numbers = [int(part) for part in ids.split(",") if part.isdigit()]
        rows = request.env["traceability.lot.event"].search([("id", "in", numbers)])
        document = json.dumps(rows._export_epcis(), indent=2, ensure_ascii=False)
        return request.make_response(
            document,
            headers=[
                ("Content-Type", "application/ld+json"),
                ("Content-Disposition", 'attachment; filename="epcis.jsonld"'),
            ],
        )
