import logging

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

_logger = logging.getLogger(__name__)

KINDS = ("bearer", "hmac")


class IntegrationPortal(CustomerPortal):
    """What a partner sees and does of its own connections."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "integration_count" in counters:
            values["integration_count"] = len(self._find_systems())
        return values

    @http.route("/my/integration", type="http", auth="user", website=True)
    def integration_systems(self, **_parameters):
        """List the partner's connections; the only one is opened at once."""
        systems = self._find_systems()
        if len(systems) == 1:
            return request.redirect(f"/my/integration/{systems.code}")
        return request.render(
            "integration_onboarding.portal_integration_systems",
            {"systems": systems, "page_name": "integration"},
        )

    @http.route("/my/integration/<string:code>", type="http", auth="user", website=True)
    def integration_system(self, code, **_parameters):
        """Show contracts, samples, recent messages and errors of one connection."""
        return self._render_system(self._get_system(code))

    @http.route(
        "/my/integration/<string:code>/rotate",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def integration_rotate(self, code, kind="bearer", **_parameters):
        """Make a new secret and show it, this once; the old one stays for a week."""
        system = self._get_system(code)
        if kind not in KINDS:
            raise request.not_found()
        try:
            secret = system.issue_credential(kind)["secret"]
        except UserError as error:
            _logger.warning("No secret for %s was made: %s", code, type(error).__name__)
            if not request.env.user.share:
                return self._render_system(system, failure=str(error))
            # What is missing is ours to mend, and no business of a partner.
            failure = request.env._("No secret can be made now. Ask your contact here.")
            return self._render_system(system, failure=failure)
        system.message_post(
            body=request.env._(
                "%s made a new secret on the partner page.", request.env.user.name
            )
        )
        response = self._render_system(system, secret=secret, kind=kind)
        # Nobody finds it again by going back.
        response.headers["Cache-Control"] = "no-store"
        return response

    def _find_systems(self):
        return request.env["integration.system"]._find_for_portal(
            request.env.user.partner_id
        )

    def _get_system(self, code):
        system = self._find_systems().filtered(lambda s: s.code == code)
        if not system:
            raise request.not_found()
        return system

    def _render_system(self, system, **values):
        contracts = system._get_contracts_in_force()
        contract = contracts.filtered(lambda c: c.direction == "in")[:1]
        return request.render(
            "integration_onboarding.portal_integration_system",
            {
                "page_name": "integration",
                "system": system,
                "contracts": contracts,
                "rows": [
                    system._prepare_portal_row(message)
                    for message in system._find_recent_messages()
                ],
                "curl": contract
                and system._prepare_curl(
                    contract,
                    values.get("secret") if values.get("kind") == "bearer" else None,
                ),
                "ending": system.credential_ids._find_ending(systems=system).filtered(
                    lambda credential: credential.usage == "in"
                ),
                "secret": None,
                "failure": None,
                **values,
            },
        )
