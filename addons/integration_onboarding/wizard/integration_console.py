import json

from werkzeug.test import Client
from werkzeug.wrappers import Response

from odoo import api, fields, http, models
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.integration_core.lib.envelope import CONTENT_TYPE


class IntegrationConsole(models.TransientModel):
    """Sends a message as a system would, and shows what Odoo answers.

    It goes the whole way: the route, the signature, the throttle, the schema.
    """

    _name = "integration.console"
    _description = "Console"

    system_id = fields.Many2one("integration.system", required=True, readonly=True)
    contract_id = fields.Many2one(
        "integration.contract",
        domain="[('id', 'in', contract_ids)]",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    contract_ids = fields.Many2many(
        "integration.contract",
        string="Contracts it may send",
        compute="_compute_contract_ids",
    )
    event = fields.Text(
        compute="_compute_event",
        store=True,
        readonly=False,
        precompute=True,
    )
    token = fields.Char(
        store=False,
        string="Bearer token",
        help="Empty: it is signed with the newest signing secret of the system.",
    )
    answer_status = fields.Integer(string="Status", readonly=True)
    answer = fields.Text(readonly=True)
    message_uuid = fields.Char(string="Message", readonly=True)
    outcome = fields.Text(compute="_compute_outcome", string="What became of it")

    @api.depends("system_id")
    def _compute_contract_ids(self):
        for console in self:
            console.contract_ids = (
                console.system_id
                and console.system_id._get_contracts_in_force().filtered(
                    lambda c: c.direction == "in"
                )
            )

    @api.depends("system_id")
    def _compute_contract_id(self):
        for console in self:
            console.contract_id = console.contract_ids[:1]

    @api.depends("contract_id")
    def _compute_event(self):
        for console in self:
            console.event = console.contract_id and json.dumps(
                console.system_id._prepare_sample_event(console.contract_id), indent=2
            )

    def _compute_outcome(self):
        for console in self:
            message = self.env["integration.message"].search(
                [("uuid", "=", console.message_uuid or "")], limit=1
            )
            delivery = message.delivery_ids[:1]
            console.outcome = message and "\n".join(
                filter(None, (message.state, delivery.result_text, delivery.last_error))
            )

    def action_send(self):
        """Send the event and show the answer."""
        self.ensure_one()
        # A message is sent in the name of a system: whoever may make secrets for it may.
        self.env["integration.credential"].check_access("create")
        body = (self.event or "").encode()
        headers = (
            {"Authorization": f"Bearer {self.token}"}
            if self.token
            else self.system_id._prepare_signed_headers(body)
        )
        if headers is None:
            raise UserError(
                self.env._(
                    "This system has no signing secret in force. Paste its bearer token, "
                    "or make a secret of the kind 'Signature' with the button 'New "
                    "credential' of the system."
                )
            )
        response = self._post(body, headers)
        text = response.get_data(as_text=True)
        try:
            content = json.loads(text)
        except ValueError:
            content = {}
        self.write(
            {
                "answer_status": response.status_code,
                "answer": json.dumps(content, indent=2) if content else text,
                "message_uuid": content.get("message"),
            }
        )
        return self._reopen()

    def _post(self, body, headers):
        """Post to the system's own address, in this process."""
        host = request.httprequest.host_url if request else self.get_base_url()
        return Client(http.root, Response).post(
            f"/integration/v1/{self.system_id.code}/messages",
            base_url=host,
            data=body,
            headers={
                **headers,
                "Content-Type": CONTENT_TYPE,
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )

    def action_refresh(self):
        """Look again what became of the message."""
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Console"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
