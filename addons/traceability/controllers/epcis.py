import base64
import binascii
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from odoo import http
from odoo.fields import Datetime, Domain
from odoo.http import request

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.responses import (
    answers_problems,
    json_response,
)
from odoo.addons.integration_core.lib.problems import Problem

from ..lib.epcis import build_query_document

CONTRACT = "epcis.events"
PATH = "/epcis/v2/events"
# EPCIS 2.0 section 12.5 leaves the default to the server; 30 is the standard's example.
PAGE_DEFAULT = 30
PAGE_MAX = 1000
PARAMETERS = frozenset(
    {
        "GE_eventTime",
        "LT_eventTime",
        "GE_recordTime",
        "LT_recordTime",
        "EQ_eventID",
        "perPage",
        "nextPageToken",
    }
)
BOUNDS = {
    "GE_eventTime": ("occurred_at", ">="),
    "LT_eventTime": ("occurred_at", "<"),
    "GE_recordTime": ("recorded_at", ">="),
    "LT_recordTime": ("recorded_at", "<"),
}
UUID_URN = "urn:uuid:"


class EpcisController(http.Controller):
    """The query side of EPCIS 2.0's REST binding, read-only (ISO/IEC 19987)."""

    @http.route(PATH, **MACHINE_ROUTE)
    @answers_problems
    def events(self, **_parameters):
        """Answer with the events of the lot ledger that the system may read."""
        if request.httprequest.method not in ("GET", "HEAD"):
            raise Problem(
                405,
                "method-not-allowed",
                "Events are read here, not captured",
                "Use GET.",
                headers={"Allow": "GET, HEAD"},
            )
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, request.httprequest.get_data(cache=False)
        )
        caller.require_scope("out", CONTRACT)
        arguments = self._read_arguments()
        ledger = caller.get_environment(request.env)["traceability.lot.event"]
        per_page = _read_page_size(arguments.get("perPage"))
        heads = ledger.search(
            _read_domain(arguments), order="occurred_at, id", limit=per_page + 1
        )
        page = heads[:per_page]
        document = build_query_document(
            page._get_epcis_events(), created_at=Datetime.now()
        )
        headers = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
        if len(heads) > per_page:
            headers["Link"] = _write_link(arguments, page[-1])
        return json_response(200, document, headers)

    def _read_arguments(self):
        """Return the query's parameters, each once and each known.

        :raises Problem: 400; a filter that is not understood must not be ignored.
        """
        given = request.httprequest.args
        for name in given:
            if name not in PARAMETERS:
                raise _query_problem(
                    f"The parameter '{name}' is not supported. Supported are: "
                    f"{', '.join(sorted(PARAMETERS))}."
                )
            if len(given.getlist(name)) > 1:
                raise _query_problem(f"The parameter '{name}' stands there twice.")
        return given.to_dict()


def _query_problem(detail):
    return Problem(400, "epcis-query-not-valid", "The query cannot be answered", detail)


def _read_page_size(value):
    if value is None:
        return PAGE_DEFAULT
    if not value.isascii() or not value.isdigit() or not int(value):
        raise _query_problem("perPage is a number from 1.")
    return min(int(value), PAGE_MAX)


def _read_domain(arguments):
    """Return the domain of the first rows of the events asked for."""
    domain = Domain("position", "=", 0)
    for name, (column, operator) in BOUNDS.items():
        if name in arguments:
            moment = _read_moment(name, arguments[name])
            domain &= Domain(column, operator, moment)
    if "EQ_eventID" in arguments:
        uuids = [
            event_id.strip().removeprefix(UUID_URN)
            for event_id in arguments["EQ_eventID"].split("|")
        ]
        domain &= Domain("event_uuid", "in", uuids)
    if "nextPageToken" in arguments:
        moment, row_id = _read_token(arguments["nextPageToken"])
        domain &= Domain("occurred_at", ">", moment) | (
            Domain("occurred_at", "=", moment) & Domain("id", ">", row_id)
        )
    return domain


def _read_moment(name, value):
    """Return a time as naive UTC."""
    try:
        # A '+' that was not escaped arrives as a blank.
        moment = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _query_problem(
            f"{name} is a date and time with a time zone, such as 2026-03-01T00:00:00Z."
        )
    return moment.astimezone(UTC).replace(tzinfo=None)


def _write_link(arguments, row):
    """Return the header that names the next page, RFC 8288."""
    token = json.dumps([row.occurred_at.isoformat(), row.id]).encode()
    query = arguments | {
        "nextPageToken": base64.urlsafe_b64encode(token).decode().rstrip("=")
    }
    address = f"{request.httprequest.url_root.rstrip('/')}{PATH}?{urlencode(query)}"
    return f'<{address}>; rel="next"'


def _read_token(value):
    """Return ``(moment, row id)`` after which the page begins.

    A token holds a place in the ledger, no right to read it.
    """
    try:
        padded = value + "=" * (-len(value) % 4)
        moment, row_id = json.loads(base64.urlsafe_b64decode(padded))
        return datetime.fromisoformat(moment), int(row_id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _query_problem(
            "This nextPageToken was not issued here. Begin at the first page."
        ) from error
