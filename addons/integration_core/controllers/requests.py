"""What every route of machines checks."""

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
