from odoo import http
from odoo.http import request

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.requests import require_method
from odoo.addons.integration_core.controllers.responses import (
    answers_problems,
    json_response,
)
from odoo.addons.integration_core.controllers.unavailable import ROOT

CONTRACT = "production.signal.recorded"


class SignalRulesController(http.Controller):
    @http.route(f"{ROOT}/<string:system>/signal-rules", **MACHINE_ROUTE)
    @answers_problems
    def read_rules(self, system, **_parameters):
        """Tell an edge agent what becomes of the signals of its line."""
        require_method("GET", "HEAD")
        caller = request.env["integration.system"]._authenticate_request(
            request.httprequest, b"", system
        )
        caller.require_scope("in", CONTRACT)
        # As the service user: record rules show it the rules of its companies only.
        env = caller.get_environment(request.env)
        rules = env["mes.signal.rule"]._get_rules_of(
            env["integration.system"].browse(caller.system_id)
        )
        return json_response(200, {"rules": rules})
