"""What the routes of the EPCIS 2.0 REST binding have in common (section 12)."""

import functools
from dataclasses import dataclass

from odoo.http import request

from odoo.addons.integration_core.controllers.responses import (
    json_response,
    problem_response,
)
from odoo.addons.integration_core.controllers.unavailable import MACHINE_ROOTS
from odoo.addons.integration_core.lib.problems import Fault, Problem

from ..lib.namespaces import Namespaces

ROOT = "/epcis/v2"
MACHINE_ROOTS.append(ROOT)

CAPTURE_SCOPE = "epcis.capture"
QUERY_SCOPE = "epcis.events"
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_EVENTS = 5000
VERSION = "2.0.0"
JSON_TYPES = ("application/json", "application/ld+json")
FORMATS = (
    "No_Preference",
    "Always_GS1_Digital_Link",
    "Always_EPC_URN",
    "Never_Translates",
)
HEADERS = {"GS1-EPCIS-Version": VERSION, "GS1-CBV-Version": VERSION}
DISCOVERY = {
    **HEADERS,
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Min": VERSION,
    "GS1-CBV-Max": VERSION,
    "GS1-EPC-Format": ", ".join(FORMATS),
    "GS1-CBV-XML-Format": "Never_Translates",
    "GS1-Vendor-Version": "19.0",
}


# Status → what the standard calls it (EPCIS 2.0 section 12.5), for problems of the
# backbone's; a status that is not here has no name of the standard's.
EXCEPTIONS = {
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    413: "CaptureLimitExceededException",
}


class EpcisProblem(Problem):
    """A problem whose type is the name the standard has for it."""

    def __init__(self, status, exception, slug, title, detail="", **values):
        super().__init__(status, slug, title, detail, **values)
        self.exception = exception
        self.headers.update(HEADERS)

    def as_dict(self):
        """Return the body; ``code`` is what the backbone calls the problem."""
        body = super().as_dict()
        return {**body, "type": f"epcisException:{self.exception}", "code": body["type"]}


def answers_epcis_problems(method):
    """Answer a ``Problem`` instead of raising it, under the standard's name."""

    @functools.wraps(method)
    def answer(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except Problem as problem:
            return problem_response(_translate(problem))

    return answer


def _translate(problem):
    exception = EXCEPTIONS.get(problem.status)
    if isinstance(problem, EpcisProblem) or not exception:
        return problem
    return EpcisProblem(
        problem.status,
        exception,
        problem.slug,
        problem.title,
        problem.detail,
        faults=problem.faults,
        headers=problem.headers,
    )


@dataclass(frozen=True)
class Visit:
    """An authenticated request.

    :param env: of the calling system's service user.
    """

    caller: object
    env: object

    @property
    def system(self):
        return self.env["integration.system"].browse(self.caller.system_id)


def authenticate(direction, scope, body=b""):
    """Return the ``Visit`` of a system that may do this.

    :raises Problem: 401, 403 or 429; 406 when it does not take JSON.
    """
    caller = request.env["integration.system"]._authenticate_request(
        request.httprequest, body
    )
    caller.require_scope(direction, scope)
    _require_versions()
    return Visit(caller, caller.get_environment(request.env))


def _require_versions():
    """Refuse what we cannot answer in: another version, another media type."""
    httprequest = request.httprequest
    accepted = httprequest.accept_mimetypes
    if accepted and not any(kind in accepted for kind in JSON_TYPES):
        raise _not_acceptable(f"Accept {JSON_TYPES[0]}.")
    for name in ("GS1-EPCIS-Min", "GS1-CBV-Min"):
        if _major(httprequest.headers.get(name, VERSION)) > 2:
            raise _not_acceptable(f"{name} must not be above {VERSION}.")
    for name in ("GS1-EPCIS-Max", "GS1-CBV-Max"):
        if _major(httprequest.headers.get(name, VERSION)) < 2:
            raise _not_acceptable(f"{name} must not be below {VERSION}.")
    wanted = httprequest.headers.get("GS1-EPC-Format", FORMATS[0])
    if wanted not in FORMATS:
        raise _not_acceptable(f"GS1-EPC-Format must be one of {', '.join(FORMATS)}.")


def _major(version):
    number = version.strip().partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() else 2


def _not_acceptable(detail):
    return EpcisProblem(
        406,
        "NotAcceptableException",
        "epcis-not-acceptable",
        "This cannot be answered as you ask",
        detail,
    )


def query_problem(name, detail):
    """Return the ``Problem`` of a parameter."""
    return EpcisProblem(
        400,
        "QueryParameterException",
        "invalid-parameter",
        "A parameter cannot be answered",
        f"{name[:80]}: {detail}",
        faults=[Fault(f"/{name[:80]}", detail)],
    )


def not_found(detail):
    """Return the ``Problem`` of something that is not here."""
    return EpcisProblem(
        404,
        "NoSuchResourceException",
        "epcis-no-such-resource",
        "There is no such resource",
        detail,
    )


def discovery_response(*methods, **headers):
    """Answer OPTIONS: what this resource can do (EPCIS 2.0 section 12.3)."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    response = json_response(204, None, {**DISCOVERY, **extra})
    response.data = b""
    response.headers.remove("Content-Type")
    response.headers["Allow"] = ", ".join(["OPTIONS", *methods])
    return response


def get_namespaces():
    """Return the prefixes that ``GS1-Extensions`` declares, beside the standard's."""
    declared = {}
    for part in request.httprequest.headers.get("GS1-Extensions", "").split(","):
        prefix, equals, target = part.strip().partition("=")
        if equals and prefix:
            declared[prefix] = target
    return Namespaces([declared])


def get_media_type():
    """Return the JSON media type that the caller likes best."""
    best = request.httprequest.accept_mimetypes.best_match(JSON_TYPES)
    return best or JSON_TYPES[0]
