from dataclasses import replace
from urllib.parse import urlencode

from odoo import fields, http
from odoo.http import request

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.requests import require_method
from odoo.addons.integration_core.controllers.responses import json_response
from odoo.addons.integration_core.lib.envelope import write_moment

from .. import repository
from ..lib.criteria import match_any
from ..lib.faults import QueryError
from ..lib.ledger import build_query_document
from ..lib.namespaces import CONTEXT, merge
from ..lib.query import read_number, read_query, write_token
from ..lib.reading import translate
from ..lib.structure import EVENT_TYPES
from ..lib.vocabulary import BIZ_STEPS, DISPOSITIONS
from .epcis import (
    FORMATS,
    HEADERS,
    QUERY_SCOPE,
    ROOT,
    EpcisProblem,
    answers_epcis_problems,
    authenticate,
    discovery_response,
    get_media_type,
    get_namespaces,
    not_found,
    query_problem,
)
from .epcis_capture import EpcisCaptureController

# Resource → the parameter that asks for events of one of its members.
RESOURCES = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
# Resource → the words that are always there.
WORDS = {
    "eventTypes": EVENT_TYPES,
    "bizSteps": BIZ_STEPS.words,
    "dispositions": DISPOSITIONS.words,
}
# Resource → the terms whose values it lists.
TERMS = {
    "eventTypes": ("type",),
    "epcs": (
        "epc",
        "parentID",
        "inputEPC",
        "outputEPC",
        "epcClass",
        "inputEPCClass",
        "outputEPCClass",
    ),
    "bizSteps": ("bizStep",),
    "bizLocations": ("bizLocation",),
    "readPoints": ("readPoint",),
    "dispositions": ("disposition",),
}
TOP_LEVEL = ["capture", "events", *RESOURCES]
# What else the standard has → what to do without.
NOT_IMPLEMENTED = {
    "queries": f"Queries have no names here: ask with GET {ROOT}/events.",
    "nextPageToken": "A token holds nothing that could be released.",
}
MAX_ADDRESS = 16384


class EpcisQueryController(http.Controller):
    """The query interface (EPCIS 2.0 section 12.7)."""

    @http.route([ROOT, f"{ROOT}/"], **MACHINE_ROUTE)
    @answers_epcis_problems
    def root(self, **_parameters):
        """List what there is."""
        return self._collection(lambda _visit: (TOP_LEVEL, {}))

    @http.route(f"{ROOT}/events", **MACHINE_ROUTE)
    @answers_epcis_problems
    def events(self, **_parameters):
        """Answer a query, or capture one event."""
        require_method("GET", "HEAD", "POST", "OPTIONS")
        if request.httprequest.method == "POST":
            return EpcisCaptureController().capture_event()
        return self._answer([], [], "GET", "POST")

    @http.route(f"{ROOT}/events/<path:event_id>", **MACHINE_ROUTE)
    @answers_epcis_problems
    def event(self, event_id, **_parameters):
        """Return one event with its error declarations."""
        require_method("GET", "HEAD", "OPTIONS")
        return self._answer(
            [("EQ_eventID", event_id)], [], "GET", missing="No event has this id."
        )

    @http.route(f"{ROOT}/<string:resource>", **MACHINE_ROUTE)
    @answers_epcis_problems
    def resource(self, resource, **_parameters):
        """List the members of a resource that are known here."""
        self._require_resource(resource)
        return self._collection(lambda visit: self._find_members(visit, resource))

    @http.route(f"{ROOT}/<string:resource>/<path:rest>", **MACHINE_ROUTE)
    @answers_epcis_problems
    def member(self, resource, rest, **_parameters):
        """Return the events of a member, or what there is of it."""
        self._require_resource(resource)
        require_method("GET", "HEAD", "OPTIONS")
        value, slash, last = rest.rpartition("/")
        if slash and last == "events":
            return self._answer(*self._ask_for_member(resource, value), "GET")
        return self._collection(lambda visit: self._describe(visit, resource, rest))

    def _ask_for_member(self, resource, value):
        """Return ``(parameters, criteria)`` that ask for the events of a member."""
        if resource == "epcs":  # instances and classes
            return [], [match_any(value)]
        return [(RESOURCES[resource], value)], []

    def _describe(self, visit, resource, value):
        """Return what there is of a member that is known here, and no headers."""
        parameters, criteria = self._ask_for_member(resource, value)
        query = self._read_parameters(parameters)
        query = replace(query, criteria=(*criteria, *query.criteria), per_page=1)
        known = value in WORDS.get(resource, ())
        if not known and not repository.find_page(visit.env, query).events:
            raise not_found(f"Nothing of {resource} here is '{value[:200]}'.")
        return ["events"], {}

    def _require_resource(self, resource):
        """:raises Problem: 404, or 501 for what the standard has and we have not."""
        if resource in NOT_IMPLEMENTED:
            raise EpcisProblem(
                501,
                "ImplementationException",
                "epcis-not-implemented",
                "This part of the standard is not here",
                NOT_IMPLEMENTED[resource],
            )
        if resource not in RESOURCES:
            raise not_found(f"There is {', '.join(TOP_LEVEL)} below {ROOT}.")

    # Events --------------------------------------------------------------

    def _answer(self, fixed, criteria, *methods, missing=None):
        """Answer a query.

        :param fixed: parameters that the address itself stands for, or ``criteria``.
        :param missing: what to say where nothing at all is not an answer.
        """
        visit = authenticate("out", QUERY_SCOPE)
        if request.httprequest.method == "OPTIONS":
            return discovery_response(*methods)
        query = self._read_query(fixed)
        query = replace(query, criteria=(*criteria, *query.criteria))
        if query.maximum is not None:
            self._check_maximum(visit, query)
        page = repository.find_page(visit.env, query)
        if missing and not page.events:
            raise not_found(missing)
        headers = {**HEADERS, "GS1-EPC-Format": self._get_format()}
        if page.mark:
            headers["Link"] = self._next_page(page.mark)
        response = json_response(200, self._build_answer(visit, page), headers)
        response.headers["Content-Type"] = get_media_type()
        return response

    def _read_query(self, fixed):
        httprequest = request.httprequest
        if len(httprequest.query_string) > MAX_ADDRESS:
            raise EpcisProblem(
                414,
                "URITooLongException",
                "epcis-address-too-long",
                "The address is too long",
                f"Its parameters may have {MAX_ADDRESS} bytes.",
            )
        return self._read_parameters([*fixed, *httprequest.args.items(multi=True)])

    def _read_parameters(self, parameters):
        try:
            return read_query(parameters, get_namespaces())
        except QueryError as error:
            raise query_problem(error.name, str(error)) from error

    def _check_maximum(self, visit, query):
        count = repository.count_up_to(visit.env, query, query.maximum)
        if count > query.maximum:
            raise EpcisProblem(
                413,
                "QueryTooLargeException",
                "epcis-query-too-large",
                "There are more events than you take",
                f"More than {query.maximum} events answer this query.",
            )

    def _get_format(self):
        return request.httprequest.headers.get("GS1-EPC-Format", FORMATS[0])

    def _build_answer(self, visit, page):
        """Return the answer; one context for all where that means the same."""
        events = [event for event, _parts in page.events]
        wanted = self._get_format()
        if wanted.startswith("Always"):
            style = visit.env.company._get_epcis_style()
            events = [translate(e, wanted, style.prefix_length) for e in events]
        context = merge(parts for _event, parts in page.events)
        if context is None:
            context = [CONTEXT]
            events = [
                {"@context": [CONTEXT, *parts], **event} if parts else event
                for event, (_event, parts) in zip(events, page.events, strict=True)
            ]
        return build_query_document(
            events, created_at=write_moment(fields.Datetime.now()), context=context
        )

    def _next_page(self, mark):
        httprequest = request.httprequest
        parameters = [
            (name, value)
            for name, value in httprequest.args.items(multi=True)
            if name != "nextPageToken"
        ]
        parameters.append(("nextPageToken", write_token(mark)))
        return f'<{httprequest.base_url}?{urlencode(parameters)}>; rel="next"'

    # Collections ---------------------------------------------------------

    def _collection(self, find):
        require_method("GET", "HEAD", "OPTIONS")
        visit = authenticate("out", QUERY_SCOPE)
        if request.httprequest.method == "OPTIONS":
            return discovery_response("GET")
        members, headers = find(visit)
        body = {"@context": CONTEXT, "type": "Collection", "member": members}
        return json_response(200, body, {**HEADERS, **headers})

    def _find_members(self, visit, resource):
        """Return a page of the members of a resource, and its headers."""
        parameters = request.httprequest.args
        try:
            per_page = read_number("perPage", parameters.get("perPage", "30"), 1000)
        except QueryError as error:
            raise query_problem(error.name, str(error)) from error
        after = parameters.get("nextPageToken", "")
        if "\x00" in after:
            raise query_problem("nextPageToken", "Holds a NUL character.")
        known = visit.env["traceability.epcis.event"]._find_epcis_values(
            TERMS[resource], after, per_page + 1
        )
        own = visit.env["traceability.lot.event"]._find_epcis_values(
            resource, after, per_page + 1
        )
        words = {word for word in WORDS.get(resource, ()) if word > after}
        members = sorted({*known, *own, *words})
        if len(members) <= per_page:
            return members, {}
        members = members[:per_page]
        query = urlencode({"perPage": per_page, "nextPageToken": members[-1]})
        return members, {
            "Link": f'<{request.httprequest.base_url}?{query}>; rel="next"'
        }
