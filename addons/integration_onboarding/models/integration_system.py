import json
import time
from datetime import UTC, datetime
from uuid import uuid4

from odoo import api, fields, models

from odoo.addons.integration_core.lib.envelope import CONTENT_TYPE
from odoo.addons.integration_core.lib.signatures import signed_headers
from odoo.addons.integration_core.models.integration_contract import ACTIVE_STATES

SHOWN_MAX = 50


class IntegrationSystem(models.Model):
    """What a partner has to know and to do until a connection works."""

    _inherit = "integration.system"

    def _get_contracts_in_force(self):
        """Return what the system may use today: of its scopes, in all their versions."""
        self.ensure_one()
        scopes = {(one.direction, one.code) for one in self.scope_ids}
        in_force = self.env["integration.contract"].search(
            [
                ("state", "in", ACTIVE_STATES),
                ("code", "in", self.scope_ids.mapped("code")),
            ]
        )
        return in_force.filtered(lambda one: (one.direction, one.code) in scopes)

    def _prepare_sample_event(self, contract):
        """Return a CloudEvent of a contract, with its sample, ready to be sent."""
        self.ensure_one()
        return {
            "specversion": "1.0",
            "id": f"test-{uuid4().hex[:12]}",
            "source": f"/{self.code}",
            "type": contract.code,
            "dataschema": f"urn:contract:{contract.code}:{contract.version}",
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": contract._get_sample() or {},
        }

    def _prepare_curl(self, contract, secret=None):
        """Return a command that sends the sample of a contract, as pasted into a shell.

        :param secret: a bearer token; None: it is read from ``$TOKEN``.
        """
        self.ensure_one()
        event = json.dumps(self._prepare_sample_event(contract), ensure_ascii=False)
        quoted = event.replace("'", "'\\''")
        return (
            f"curl -i '{self.inbound_url}' \\\n"
            f'  -H "Authorization: Bearer {secret or "$TOKEN"}" \\\n'
            f"  -H 'Content-Type: {CONTENT_TYPE}' \\\n"
            f"  -d '{quoted}'"
        )

    def _prepare_signed_headers(self, body):
        """Return the headers of a request signed with a secret of the system, or None."""
        self.ensure_one()
        credential = self.credential_ids.filtered(
            lambda c: (c.kind, c.usage, c.state) == ("hmac", "in", "valid")
        )[:1]
        key = credential and credential._decrypt_secret()
        if not key:
            return None
        return signed_headers((key,), f"msg_{uuid4().hex}", int(time.time()), body)

    def _get_checklist(self):
        """Return what has to hold before going live: list of ``(text, is it so)``."""
        self.ensure_one()
        # Whoever may read the system may know whether something of it arrived.
        Message = self.env["integration.message"].sudo()
        accepted = Message.search(
            [("system_id", "=", self.id), ("admission", "=", "accepted")], limit=1
        )
        # As above: a yes or no.
        done = self.env["integration.delivery"].sudo().search(
            [("message_id.system_id", "=", self.id), ("state", "=", "done")], limit=1
        )
        valid = self.credential_ids.filtered(lambda c: c.state == "valid")
        return [
            (self.env._("The system is active"), self.state == "active"),
            (self.env._("It may use at least one contract"), bool(self.scope_ids)),
            (self.env._("It has a secret that is in force"), bool(valid)),
            (self.env._("A first message was accepted"), bool(accepted)),
            (self.env._("A first message was processed"), bool(done)),
            (
                self.env._("Odoo is reached by HTTPS"),
                self.inbound_url.startswith("https://"),
            ),
            (
                self.env._("The connection is marked as production"),
                self.environment == "production",
            ),
            (self.env._("A partner is named who can be asked"), bool(self.partner_id)),
        ]

    def action_console(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_onboarding.integration_console_action"
        )
        return dict(action, context={"default_system_id": self.id})

    @api.model
    def _find_for_portal(self, partner):
        """Return the connections of the signed-in user's company.

        :param partner: of the signed-in user.
        """
        # A partner has no right to any integration model: exactly this domain is open.
        # Colleagues go by their own rights: to be of the company that a system belongs to
        # is no right to its secrets.
        systems = self.sudo() if self.env.user.share else self
        if not all(
            shown.has_access("read") for shown in (systems, systems.credential_ids)
        ):
            return self.browse()
        return systems.search(
            [
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("partner_id", "!=", False),
                ("state", "!=", "draft"),
            ]
        )

    def _find_recent_messages(self):
        """Return the newest messages of the system, in and out."""
        self.ensure_one()
        Message = self.env["integration.message"]
        sent = Message.search([("system_id", "=", self.id)], limit=SHOWN_MAX)
        received = self.env["integration.delivery"].search(
            [("system_id", "=", self.id), ("direction", "=", "out")], limit=SHOWN_MAX
        )
        return (sent | received.message_id).sorted("id", reverse=True)[:SHOWN_MAX]

    def _prepare_portal_row(self, message):
        """Return what a partner sees of one of its messages: no payload."""
        delivery = message.delivery_ids.filtered(
            lambda d: message.direction == "in" or d.system_id == self
        )[:1]
        # The same as the status endpoint tells.
        told = delivery and delivery._prepare_status()["problem"]
        problem = message.problem or told or {}
        labels = dict(delivery._fields["state"]._description_selection(self.env))
        refused = message.admission == "refused"
        return {
            "message": message,
            "state": self.env._("Refused") if refused else labels.get(delivery.state, ""),
            "failed": refused or delivery.state in ("dead", "parked"),
            "error": problem.get("detail"),
            "moment": fields.Datetime.context_timestamp(self, message.received_at),
        }
