import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

SECRET = "onboarding_secret"
STATES = ("who", "what", "try")


class IntegrationOnboarding(models.TransientModel):
    """From a partner to a working connection, in three steps."""

    _name = "integration.onboarding"
    _description = "Connect a System"

    state = fields.Selection(
        [("who", "Who connects"), ("what", "What it exchanges"), ("try", "Try it")],
        required=True,
        default="who",
    )
    partner_id = fields.Many2one("res.partner", help="Who can be asked, and sees the page.")
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        help="Stands in the address the system posts to.",
    )
    kind = fields.Selection(
        lambda self: self.env["integration.system"]
        ._fields["kind"]
        ._description_selection(self.env),
        required=True,
        default="other",
    )
    environment = fields.Selection(
        lambda self: self.env["integration.system"]
        ._fields["environment"]
        ._description_selection(self.env),
        required=True,
        default="test",
    )
    contract_ids = fields.Many2many(
        "integration.contract",
        string="Contracts",
        domain="[('state', '=', 'active')]",
        default=lambda self: self.env.ref(
            "integration_core.contract_connection_tested_1_0", raise_if_not_found=False
        ),
    )
    credential_kind = fields.Selection(
        [("bearer", "Bearer token"), ("hmac", "Signature (Standard Webhooks)")],
        string="How it proves who it is",
        required=True,
        default="bearer",
    )
    system_id = fields.Many2one("integration.system", readonly=True)
    secret = fields.Char(compute="_compute_guide")
    address = fields.Char(compute="_compute_guide", string="Address to post to")
    curl = fields.Text(compute="_compute_guide", string="Paste this into a shell")
    checklist = fields.Html(compute="_compute_checklist", string="Before going live")
    is_processed = fields.Boolean(compute="_compute_checklist")

    @api.depends("partner_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.name or wizard.partner_id.name

    @api.depends("name")
    def _compute_code(self):
        for wizard in self:
            wizard.code = re.sub(r"[^a-z0-9]+", "-", (wizard.name or "").lower()).strip(
                "-"
            )[:60]

    @api.depends("system_id", "state")
    @api.depends_context(SECRET)
    def _compute_guide(self):
        # The secret is in the context of the open form only, and stored nowhere.
        secret = self.env.context.get(SECRET)
        for wizard in self:
            system = wizard.system_id
            wizard.secret = secret
            wizard.address = system.inbound_url
            contract = wizard.contract_ids.filtered(lambda c: c.direction == "in")[:1]
            wizard.curl = (
                system
                and contract
                and wizard.credential_kind == "bearer"
                and system._prepare_curl(contract, secret)
            )

    def _compute_checklist(self):
        for wizard in self:
            items = wizard.system_id._get_checklist() if wizard.system_id else []
            wizard.checklist = self.env["ir.qweb"]._render(
                "integration_onboarding.integration_checklist", {"items": items}
            )
            wizard.is_processed = bool(items) and items[4][1]

    def action_next(self):
        self.ensure_one()
        if not self.name or not self.code:
            raise UserError(self.env._("Name the system, for example 'MES, plant 1'."))
        self.state = "what"
        return self._reopen()

    def action_back(self):
        self.state = "who"
        return self._reopen()

    def action_connect(self):
        """Make the system, its scopes and its secret, and show how to use them."""
        self.ensure_one()
        if not self.contract_ids:
            raise UserError(self.env._("Choose what the system may send or receive."))
        self.system_id = self.env["integration.system"].create(
            self._prepare_system_vals()
        )
        self.system_id.action_activate()
        secret = self.system_id.issue_credential(self.credential_kind)["secret"]
        self.state = "try"
        return self._reopen(secret)

    def _prepare_system_vals(self):
        return {
            "name": self.name,
            "code": self.code,
            "kind": self.kind,
            "environment": self.environment,
            "partner_id": self.partner_id.id,
            "scope_ids": [Command.set(self.contract_ids.ids)],
        }

    def action_check(self):
        """Look whether something has arrived."""
        return self._reopen(self.env.context.get(SECRET))

    def action_console(self):
        return self.system_id.action_console()

    def action_open_system(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.system",
            "res_id": self.system_id.id,
            "view_mode": "form",
        }

    def _reopen(self, secret=None):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect a System"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {SECRET: secret} if secret else {},
        }
