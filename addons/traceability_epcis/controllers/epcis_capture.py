import codecs
from urllib.parse import quote

from odoo import http
from odoo.http import request

from odoo.addons.integration_core import intake
from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.requests import (
    prepare_too_large,
    read_body,
    require_method,
)
from odoo.addons.integration_core.controllers.responses import json_response
from odoo.addons.integration_core.lib.problems import Fault, Problem
from odoo.addons.integration_core.lib.strict_json import JsonError, parse

from ..lib.documents import DOCUMENT, QUERY_DOCUMENT
from ..lib.faults import QueryError
from ..lib.namespaces import CONTEXT
from ..lib.query import read_number
from ..lib.reading import count_events
from ..models.traceability_epcis_capture import CaptureRefused
from .epcis import (
    CAPTURE_SCOPE,
    HEADERS,
    JSON_TYPES,
    MAX_BODY_BYTES,
    MAX_EVENTS,
    ROOT,
    EpcisProblem,
    answers_epcis_problems,
    authenticate,
    discovery_response,
    not_found,
    query_problem,
)

BEHAVIOURS = ("rollback", "proceed")
JOBS_PER_PAGE = 30
FAULTS_MAX = 100


class EpcisCaptureController(http.Controller):
    """The capture interface (EPCIS 2.0 section 12.6)."""

    @http.route(f"{ROOT}/capture", **MACHINE_ROUTE)
    @answers_epcis_problems
    def capture(self, **_parameters):
        """Capture a document, or list the jobs of the calling system."""
        require_method("POST", "GET", "HEAD", "OPTIONS")
        method = request.httprequest.method
        if method == "OPTIONS":
            authenticate("in", CAPTURE_SCOPE)
            return discovery_response(
                "POST",
                "GET",
                GS1_EPCIS_Capture_Limit=str(MAX_EVENTS),
                GS1_EPCIS_Capture_File_Size_Limit=str(MAX_BODY_BYTES),
                GS1_Capture_Error_Behaviour="all",
            )
        if method != "POST":
            return self._list_jobs()
        behaviour = self._read_behaviour()
        job = self._take(
            lambda visit, document: visit.env["traceability.epcis.capture"]._capture(
                document, visit.system, behaviour=behaviour
            )
        )
        location = f"{_root_url()}/capture/{job.uuid}"
        return json_response(
            202, job._prepare_status(), {**HEADERS, "Location": location}
        )

    @http.route(f"{ROOT}/capture/<string:uuid>", **MACHINE_ROUTE)
    @answers_epcis_problems
    def job(self, uuid, **_parameters):
        """Tell what became of a document."""
        require_method("GET", "HEAD", "OPTIONS")
        visit = authenticate("in", CAPTURE_SCOPE)
        if request.httprequest.method == "OPTIONS":
            return discovery_response("GET")
        job = visit.env["traceability.epcis.capture"].search(
            [("uuid", "=", uuid), ("system_id", "=", visit.caller.system_id)], limit=1
        )
        if not job:
            raise not_found("This system has no capture job with this id.")
        return json_response(200, job._prepare_status(), HEADERS)

    def capture_event(self):
        """Capture the one event of ``POST /events``. Returns the response."""
        event = self._take(
            lambda visit, document: visit.env[
                "traceability.epcis.capture"
            ]._capture_event(document, visit.system),
            single=True,
        )
        ((body, parts),) = event._prepare_epcis_events()
        location = f"{_root_url()}/events/{quote(event.event_id, safe='')}"
        return json_response(
            201,
            {"@context": [CONTEXT, *parts], **body},
            {**HEADERS, "Location": location},
        )

    def _take(self, capture, *, single=False):
        """Authenticate, read the body and capture it; a refusal goes on record."""
        body = read_body(MAX_BODY_BYTES)
        visit = authenticate("in", CAPTURE_SCOPE, body)
        try:
            return capture(visit, self._parse(body, single=single))
        except CaptureRefused as refused:
            problem = self._prepare_refusal(refused)
            intake.record_refusal(request.env, visit.caller, body, problem)
            raise problem from refused
        except Problem as problem:
            intake.record_refusal(request.env, visit.caller, body, problem)
            raise

    def _parse(self, body, *, single):
        if len(body) > MAX_BODY_BYTES:
            raise prepare_too_large(MAX_BODY_BYTES)
        if request.httprequest.mimetype not in JSON_TYPES:
            raise EpcisProblem(
                415,
                "UnsupportedMediaTypeException",
                "unsupported-media-type",
                "This content type is not supported",
                f"Send 'Content-Type: {JSON_TYPES[0]}' or '{JSON_TYPES[1]}'.",
                headers={"Accept-Post": ", ".join(JSON_TYPES)},
            )
        try:
            # RFC 8259 section 8.1: a byte order mark may be ignored.
            document = parse(body.removeprefix(codecs.BOM_UTF8), unique=False)
        except JsonError as error:
            raise EpcisProblem(
                400, "ValidationException", "malformed-json", "Not JSON", str(error)
            ) from error
        self._check_size(document, single=single)
        return document

    def _check_size(self, document, *, single):
        kind = document.get("type") if isinstance(document, dict) else None
        if single and kind in (DOCUMENT, QUERY_DOCUMENT):
            raise EpcisProblem(
                400,
                "ValidationException",
                "epcis-not-valid",
                "This is not a single event",
                f"Post documents to {ROOT}/capture.",
                faults=[Fault("/type", "Must be the type of an event.")],
            )
        if count_events(document) > MAX_EVENTS:
            raise EpcisProblem(
                413,
                "CaptureLimitExceededException",
                "epcis-capture-limit",
                "Too many events",
                f"Send at most {MAX_EVENTS} events at a time.",
                headers={"GS1-EPCIS-Capture-Limit": str(MAX_EVENTS)},
            )

    def _prepare_refusal(self, refused):
        faults = [Fault(f.pointer, f.detail) for f in refused.faults[:FAULTS_MAX]]
        if refused.conflict:
            return EpcisProblem(
                409,
                "ResourceAlreadyExistsException",
                "epcis-event-exists",
                "Another event has this eventID",
                "Nothing was captured.",
                faults=faults,
            )
        return EpcisProblem(
            400,
            "ValidationException",
            "epcis-not-valid",
            "This is not valid EPCIS 2.0",
            "Nothing was captured.",
            faults=faults,
        )

    def _read_behaviour(self):
        behaviour = request.httprequest.headers.get(
            "GS1-Capture-Error-Behaviour", BEHAVIOURS[0]
        )
        if behaviour not in BEHAVIOURS:
            raise EpcisProblem(
                400,
                "ValidationException",
                "invalid-parameter",
                "A header is malformed",
                "GS1-Capture-Error-Behaviour must be rollback or proceed.",
            )
        return behaviour

    def _list_jobs(self):
        visit = authenticate("in", CAPTURE_SCOPE)
        parameters = request.httprequest.args
        per_page = _read_number(parameters, "perPage", JOBS_PER_PAGE, 1000)
        before = _read_number(parameters, "nextPageToken", 2**31 - 1, 2**31 - 1)
        jobs = visit.env["traceability.epcis.capture"].search(
            [("system_id", "=", visit.caller.system_id), ("id", "<", before)],
            limit=per_page + 1,
        )
        headers = dict(HEADERS)
        if len(jobs) > per_page:
            jobs = jobs[:per_page]
            headers["Link"] = (
                f"<{request.httprequest.base_url}?perPage={per_page}"
                f'&nextPageToken={jobs[-1].id}>; rel="next"'
            )
        return json_response(200, [job._prepare_status() for job in jobs], headers)


def _root_url():
    return request.httprequest.url_root.rstrip("/") + ROOT


def _read_number(parameters, name, default, maximum):
    try:
        return read_number(name, parameters.get(name, str(default)), maximum)
    except QueryError as error:
        raise query_problem(error.name, str(error)) from error
