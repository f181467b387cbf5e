"""What every route of machines checks."""

from werkzeug.exceptions import RequestEntityTooLarge

from odoo.http import request

from ..lib.problems import Problem


def require_method(*methods):
    """Refuse a request of another method.

    :raises Problem: 405.
    """
    if request.httprequest.method not in methods:
        raise Problem(
            405,
            "method-not-allowed",
            "This method is not allowed here",
            f"Use {methods[0]}.",
            headers={"Allow": ", ".join(methods)},
        )


def read_body(max_bytes):
    """Return the raw bytes: what a signature covers.

    :param max_bytes: what the answer asks for, when the body is not worth reading.
    :raises Problem: 411 without a length, 413 when it is not worth reading.
    """
    if request.httprequest.headers.get("Transfer-Encoding"):
        # Odoo's own server does not put chunks together; a proxy in front does.
        raise Problem(
            411,
            "length-required",
            "The length of the body is required",
            "Send 'Content-Length' instead of 'Transfer-Encoding: chunked'.",
            headers={"Connection": "close"},
        )
    try:
        # Kept: after a serialization failure Odoo calls the route once more.
        return request.httprequest.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise prepare_too_large(max_bytes) from error


def prepare_too_large(max_bytes):
    """Return the ``Problem`` of a body that is larger than ``max_bytes``."""
    return Problem(
        413,
        "body-too-large",
        "The body is too large",
        f"Send at most {max_bytes} bytes; split batches.",
        headers={"Connection": "close"},
    )
