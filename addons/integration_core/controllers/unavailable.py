"""Machines are told to come back while the database cannot be reached.

Odoo then serves what needs no database, and answers 404 for everything else: a sender
would take its address for wrong and give the message up.
"""

import logging

import psycopg2

from odoo import http

from ..lib.problems import Problem
from .responses import problem_response

_logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
ROOT = "/integration/v1"
# Prefixes of the addresses that machines use; a bridge with its own adds it.
MACHINE_ROOTS = [ROOT]


def is_machine_path(path):
    """Return whether an address is one of those that machines use."""
    return path.startswith(tuple(MACHINE_ROOTS))


def prepare_unavailable():
    """Return the ``Problem`` that says: nothing was accepted, send it again."""
    return Problem(
        503,
        "temporarily-unavailable",
        "Not available right now",
        f"Nothing was accepted. Send the same message again in {RETRY_SECONDS} s.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _serve_nodb(self):
    if is_machine_path(self.httprequest.path):
        return problem_response(prepare_unavailable())
    return _odoo_serve_nodb(self)


def _serve_db(self):
    try:
        return _odoo_serve_db(self)
    except psycopg2.DatabaseError:
        if is_machine_path(self.httprequest.path):
            _logger.warning("The database was lost during a request", exc_info=True)
            return problem_response(prepare_unavailable())
        raise


# The database is what would bring a hook: without it, there is none to override.
_odoo_serve_nodb = http.Request._serve_nodb
_odoo_serve_db = http.Request._serve_db
http.Request._serve_nodb = _serve_nodb
http.Request._serve_db = _serve_db
