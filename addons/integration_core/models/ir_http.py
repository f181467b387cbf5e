from werkzeug.exceptions import NotFound

from odoo import models
from odoo.http import request

from ..lib.problems import Problem


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _serve_fallback(cls):
        """Answer addresses that no route takes, such as those with line breaks."""
        from ..controllers.messages import ROOT  # noqa: PLC0415 - loads after models
        from ..controllers.responses import problem_response  # noqa: PLC0415 - as above

        path = request.httprequest.path
        if path.startswith(ROOT):
            return problem_response(
                Problem(404, "unknown-address", "There is nothing at this address")
            )
        if "\x00" in path:
            # PostgreSQL cannot even be asked for such an attachment.
            raise NotFound
        return super()._serve_fallback()
