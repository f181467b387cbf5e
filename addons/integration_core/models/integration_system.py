import re
from types import MappingProxyType

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from odoo.addons.base.models.res_partner import _tz_get

from ..gateway import AccessCard, authenticate

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}")


class IntegrationSystem(models.Model):
    """An external party that talks to Odoo, and the user its messages act as."""

    _name = "integration.system"
    _inherit = ["mail.thread", "mail.activity.mixin", "integration.cached.rules.mixin"]
    _description = "Connected System"
    _order = "name"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Stands in the address the system posts to.",
    )
    kind = fields.Selection(
        [
            ("mes", "Manufacturing execution (MES)"),
            ("wms", "Warehouse (WMS)"),
            ("plm", "Engineering (PLM)"),
            ("qms", "Quality (QMS)"),
            ("lims", "Laboratory (LIMS)"),
            ("supplier", "Supplier or supplier portal"),
            ("edi", "EDI gateway"),
            ("carrier", "Carrier or transport management"),
            ("contract_manufacturer", "Contract manufacturer"),
            ("repository", "Traceability repository"),
            ("planning", "Planning tool"),
            ("finance", "Finance, banking, tax"),
            ("commerce", "CRM or commerce"),
            ("gateway", "Machine gateway"),
            ("archive", "Document archive"),
            ("analytics", "Analytics"),
            ("broker", "Message broker"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("suspended", "Suspended")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        help="Only an active one is listened to and sent to. What was taken in before is "
        "worked off, and what waits to be sent goes out once it is active again. What is "
        "published meanwhile is not kept for it: pause its work where it must get that.",
    )
    environment = fields.Selection(
        [
            ("development", "Development"),
            ("test", "Test"),
            ("production", "Production"),
        ],
        required=True,
        default="test",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", index="btree_not_null", check_company=True
    )
    timezone = fields.Selection(
        _tz_get, required=True, default=lambda self: self.env.user.tz or "UTC"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Service user",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="Messages of this system are handled as this user, with the groups its "
        "contracts need and no others. Nobody can sign in as it.",
    )
    scope_ids = fields.Many2many(
        "integration.contract",
        string="Scopes",
        help="The contracts this system may send and receive.",
    )
    is_paused = fields.Boolean(
        string="Work is paused",
        readonly=True,
        copy=False,
        tracking=True,
        help="Its messages are taken in and wait; nothing is sent to it.",
    )
    rate_limit_per_minute = fields.Integer(
        default=60000,
        required=True,
        help="Messages a minute; more are answered with 429 and Retry-After.",
    )
    rate_burst = fields.Integer(
        default=2000,
        required=True,
        help="Messages that may come at once after a pause.",
    )
    credential_ids = fields.One2many("integration.credential", "system_id")
    endpoint_ids = fields.One2many("integration.endpoint", "system_id")
    subscription_ids = fields.One2many("integration.subscription", "system_id")
    message_count = fields.Integer(compute="_compute_counts")
    attention_count = fields.Integer(
        compute="_compute_counts", help="Deliveries that wait for a person."
    )
    inbound_url = fields.Char(
        compute="_compute_inbound_url", string="Address to post to"
    )

    _code_unique = models.Constraint("UNIQUE(code)", "Another system has this code.")
    _rates_positive = models.Constraint(
        "CHECK(rate_limit_per_minute > 0 AND rate_burst > 0)",
        "The rate limit and the burst must be positive.",
    )

    @api.constrains("code")
    def _check_code(self):
        for system in self:
            if not CODE.fullmatch(system.code):
                raise ValidationError(
                    self.env._(
                        "A system's code stands in an address: use lower-case letters, "
                        "digits, '-' and '_', for example 'mes-plant-1'."
                    )
                )

    def _compute_counts(self):
        Delivery = self.env["integration.delivery"]
        messages = dict(
            self.env["integration.message"]._read_group(
                [("system_id", "in", self.ids)], ["system_id"], ["__count"]
            )
        )
        waiting = dict(
            Delivery._read_group(
                [("system_id", "in", self.ids), ("state", "in", ("parked", "dead"))],
                ["system_id"],
                ["__count"],
            )
        )
        for system in self:
            system.message_count = messages.get(system, 0)
            system.attention_count = waiting.get(system, 0)

    @api.depends("code")
    def _compute_inbound_url(self):
        for system in self:
            base = system.get_base_url()
            system.inbound_url = f"{base}/integration/v1/{system.code or '…'}/messages"

    @api.model_create_multi
    def create(self, vals_list):
        systems = super().create(vals_list)
        for system in systems.filtered(lambda s: not s.user_id):
            # Creating users belongs to administrators; an integration manager gets
            # exactly this one: no password, and groups that only scopes can widen.
            system.user_id = (
                self.env["res.users"]
                .sudo()
                .with_context(no_reset_password=True, mail_create_nosubscribe=True)
                .create(system._prepare_service_user_vals())
            )
        systems._synchronize_service_user()
        return systems

    def write(self, vals):
        result = super().write(vals)
        if {"scope_ids", "company_id", "timezone", "name", "state"} & vals.keys():
            self._synchronize_service_user()
        if vals.get("state") == "active":
            self._wake_lanes()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        self.env["integration.message"]._refuse_if_logged(self, "system_id")

    def _prepare_service_user_vals(self):
        self.ensure_one()
        return {
            "name": self.name,
            "login": f"integration.{self.code}",
            "company_id": self.company_id.id,
            "company_ids": [Command.set(self.company_id.ids)],
            "group_ids": [Command.set(self._get_service_groups().ids)],
            "tz": self.timezone,
            "notification_type": "email",
        }

    def _get_service_groups(self):
        """Return the groups of the service user: the base one and the scopes'."""
        base = self.env.ref("integration_core.integration_core_group_service")
        # Groups of contracts: what they open is granted to the machine, not to the user.
        return base | self.scope_ids.sudo().service_group_ids

    def _synchronize_service_user(self):
        for system in self.filtered("user_id"):
            # See create(): the one user an integration manager decides about.
            system.user_id.sudo().write(
                {
                    "name": system.name,
                    "company_id": system.company_id.id,
                    "company_ids": [Command.set(system.company_id.ids)],
                    "group_ids": [Command.set(system._get_service_groups().ids)],
                    "tz": system.timezone,
                }
            )

    def action_activate(self):
        self.write({"state": "active"})

    def action_suspend(self):
        self.write({"state": "suspended"})

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_message_action"
        )
        return dict(action, domain=[("system_id", "=", self.id)], context={})

    def action_open_attention(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_delivery_attention_action"
        )
        return dict(
            action,
            domain=[("system_id", "=", self.id), ("state", "in", ("parked", "dead"))],
        )

    def action_new_credential(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_credential_wizard_action"
        )
        return dict(action, context={"default_system_id": self.id})

    def issue_credential(self, kind="bearer", usage="in", overlap_days=7):
        """Make a new secret and return it, this once.

        Secrets of the same kind and usage stay valid for the overlap, so that the
        other side can change over without a gap.

        :param kind: ``bearer`` or ``hmac``; ``usage``: ``in`` or ``out``.
        :returns: ``{"credential_id": int, "secret": str}``
        """
        self.ensure_one()
        self.credential_ids.check_access("create")
        credential, secret = self.env["integration.credential"]._issue(
            self, kind=kind, usage=usage, overlap_days=overlap_days
        )
        return {"credential_id": credential.id, "secret": secret}

    def action_pause_work(self):
        """Take messages in, and let them wait."""
        self.check_access("write")
        self._pause_work()

    def action_resume_work(self):
        """Work off what waited."""
        self.check_access("write")
        self._resume_work()

    def _pause_work(self):
        # Whoever runs a restart pauses work, and changes nothing else of a system.
        self.sudo().write({"is_paused": True})

    def _resume_work(self):
        # See ``_pause_work``.
        self.sudo().write({"is_paused": False})
        self._wake_lanes()

    def _wake_lanes(self):
        """Let workers look at once for what waited for a system."""
        # Which lanes there are is no secret.
        lanes = self.env["integration.lane"].sudo().search([])
        self.env["integration.delivery"]._wake_lanes(lanes.ids)

    @api.model
    def _get_access_card(self, code):
        """Return what the gateway must know of a system, or None when unknown."""
        return self._get_access_cards().get(code)

    @api.model
    @ormcache()
    def _get_access_cards(self):
        """Return the cards of all systems, by code.

        One entry of the cache: what a stranger sends is no key of it, so that a flood
        of invented codes neither fills it nor reaches the database.
        """
        # Callers are not authenticated yet: the card is what decides about that.
        return MappingProxyType(
            {
                system.code: AccessCard(**system._prepare_access_card_vals())
                for system in self.sudo().search([])
            }
        )

    def _prepare_access_card_vals(self):
        self.ensure_one()
        credentials = self.credential_ids.filtered(
            lambda c: c.usage == "in" and c.state != "revoked"
        )
        return {
            "system_id": self.id,
            "code": self.code,
            "active": self.state == "active",
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
            "signing_keys": tuple(
                (c.id, c._decrypt_secret(), c._get_validity())
                for c in credentials
                if c.kind == "hmac"
            ),
            "token_hashes": tuple(
                (c.id, c.token_hash, c._get_validity())
                for c in credentials
                if c.kind == "bearer"
            ),
            "scopes": frozenset((s.direction, s.code) for s in self.scope_ids),
            "rate_limit_per_minute": self.rate_limit_per_minute,
            "rate_burst": self.rate_burst,
            "credential_limits": MappingProxyType(
                {
                    c.id: c.rate_limit_per_minute
                    for c in credentials
                    if c.rate_limit_per_minute
                }
            ),
        }

    @api.model
    @ormcache("system_id")
    def _get_identity(self, system_id):
        """Return who a system's messages are handled as: ``(user id, context)``."""
        user_id, company_id, lang, timezone = self._read_identity(system_id)
        return user_id, {
            "lang": lang,
            "tz": timezone,
            "allowed_company_ids": [company_id],
            "mail_create_nosubscribe": True,
        }

    @api.model
    @ormcache("system_id")
    def _read_identity(self, system_id):
        # Asked by the engine for every message, of every system.
        system = self.sudo().browse(system_id)
        user = system.user_id
        return user.id, system.company_id.id, user.lang, system.timezone

    @api.model
    def _find_code_by_token_hash(self, token_hash):
        """Return the code of the system a bearer token belongs to, or None."""
        return self._get_codes_by_token_hash().get(token_hash)

    @api.model
    @ormcache()
    def _get_codes_by_token_hash(self):
        """Return all codes by the hashes of their tokens; see `_get_access_cards`."""
        return MappingProxyType(
            {
                token_hash: card.code
                for card in self._get_access_cards().values()
                for _credential_id, token_hash, _validity in card.token_hashes
            }
        )

    @api.model
    def _authenticate_request(self, httprequest, body, system_code=None):
        """Authenticate and throttle a machine; for the routes of every bridge.

        :param httprequest: the werkzeug request; ``body``: its raw bytes.
        :param system_code: from the address; None when only the bearer token says it.
        :returns: ``gateway.Caller``
        :raises lib.problems.Problem: 401, 403 or 429, to be answered as it is.
        """
        return authenticate(self.env, httprequest.headers, body, system_code)
