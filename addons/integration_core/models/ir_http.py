from werkzeug.exceptions import NotFound

from odoo import models
from odoo.http import request

from ..lib.problems import Problem


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _serve_fallback(cls):
        """Answer addresses that no route takes, such as those with line breaks."""
        # Controllers are loaded after models.
        from ..controllers.responses import problem_response  # noqa: PLC0415
        from ..controllers.unavailable import is_machine_path  # noqa: PLC0415

        path = request.httprequest.path
        if is_machine_path(path):
            return problem_response(
                Problem(404, "unknown-address", "There is nothing at this address")
            )
        if "\x00" in path:
            # PostgreSQL cannot even be asked for such an attachment.
            raise NotFound
        return super()._serve_fallback()
