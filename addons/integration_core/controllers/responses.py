"""JSON answers for machines."""

import functools
import json
import logging

import psycopg2
from psycopg2.errors import ReadOnlySqlTransaction
from werkzeug.exceptions import HTTPException

from odoo.http import Response, request

from ..lib.problems import CONTENT_TYPE, Problem

_logger = logging.getLogger(__name__)


def json_response(status, body, headers=None):
    """Return a response that no cache keeps."""
    return Response(
        json.dumps(body, ensure_ascii=False), status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def problem_response(problem):
    """Return a ``lib.problems.Problem`` as ``application/problem+json``."""
    response = json_response(problem.status, problem.as_dict(), problem.headers)
    response.headers["Content-Type"] = CONTENT_TYPE
    return response


def answers_problems(method):
    """Turn whatever a route for machines raises into problem details.

    Returned, not raised: what was counted or put on record is committed.
    """
    @functools.wraps(method)
    def answer(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except Problem as problem:
            return problem_response(problem)
        except (psycopg2.OperationalError, ReadOnlySqlTransaction, HTTPException):
            raise  # Odoo runs the request again, or answers with that status
        except Exception:
            _logger.exception("A request for machines failed")
            request.env.cr.rollback()
            return problem_response(Problem(
                500, "internal-error", "Something went wrong on our side",
                "Nothing was accepted. Try again later; the operators were told.",
            ))

    return answer
