"""JSON answers for machines."""

import functools
import inspect
import json

from odoo.http import Response

from ..lib.problems import CONTENT_TYPE, Problem


def json_response(status, body, headers=None):
    """Return a response that no cache keeps."""
    response = Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
    # Ours are whole addresses: making one of them costs as much as the answer.
    response.autocorrect_location_header = False
    return response


def problem_response(problem):
    """Return a ``lib.problems.Problem`` as ``application/problem+json``."""
    response = json_response(problem.status, problem.as_dict(), problem.headers)
    response.headers["Content-Type"] = CONTENT_TYPE
    return response


def answers_problems(method):
    """Answer a ``Problem`` instead of raising it.

    What was counted or put on record before it is committed that way; any other
    exception is undone and answered by the dispatcher.
    """

    @functools.wraps(method)
    def answer(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except Problem as problem:
            return problem_response(problem)

    # Odoo asks for it at every request, and would have to derive it.
    answer.__signature__ = inspect.signature(method)
    return answer
