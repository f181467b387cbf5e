from werkzeug.exceptions import HTTPException

from odoo import http

from ..lib.problems import Problem
from .responses import problem_response
from .unavailable import prepare_unavailable


class MachineDispatcher(http.HttpDispatcher):
    """Serves routes of ``type="machine"``.

    Unlike ``http``, nothing parses the body before the controller has verified its raw
    bytes, and whatever goes wrong is answered with problem details.
    """

    routing_type = "machine"
    mimetypes = ()

    def dispatch(self, endpoint, args):
        if any("\x00" in value for value in args.values()):
            # PostgreSQL cannot even be asked for it.
            raise Problem(404, "unknown-address", "There is nothing at this address")
        # Of the address only: a name in the query string is no argument of ours.
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        return problem_response(_as_problem(exc))


def _as_problem(exc):
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, HTTPException) and exc.code:
        slug = (exc.name or "error").lower().replace(" ", "-")
        return Problem(exc.code, slug, exc.name or "Error", exc.description or "")
    return prepare_unavailable()
