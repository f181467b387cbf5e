from werkzeug.exceptions import NotFound

from odoo import models
from odoo.http import request

from ..lib.problems import Problem


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        if _is_for_machines():
            # Machines have no language, session, debug mode or records in addresses:
            # looking for them costs more than taking a message in.
            request.dispatcher.pre_dispatch(rule, args)
            return
        super()._pre_dispatch(rule, args)

    @classmethod
    def _post_dispatch(cls, response):
        if _is_for_machines():
            request.dispatcher.post_dispatch(response)
            return
        super()._post_dispatch(response)

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


def _is_for_machines():
    return request.dispatcher.routing_type == "machine"
