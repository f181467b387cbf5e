import json
import re
from datetime import UTC
from email.utils import format_datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open, ormcache

from ..lib.described import Described
from ..lib.envelope import write_moment
from ..lib.schema import compile_schema, find_faults

ACTIVE_STATES = ("active", "deprecated")
VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


class IntegrationContract(models.Model):
    """One version of one kind of message: its schema, its direction, its handler."""

    _name = "integration.contract"
    _inherit = "integration.cached.rules.mixin"
    _description = "Message Contract"
    _order = "code, version desc"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, index=True, help="What senders put into the attribute 'type'."
    )
    version = fields.Char(required=True, default="1.0")
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, default="in"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("deprecated", "Deprecated"),
            ("retired", "Retired"),
        ],
        required=True,
        default="active",
    )
    tier = fields.Selection(
        [("1", "1 · real time"), ("2", "2 · near real time"), ("3", "3 · batch")],
        required=True,
        default="2",
        help="Lane that carries the messages unless a policy says otherwise.",
    )
    deprecated_at = fields.Datetime(
        string="Deprecated since",
        compute="_compute_deprecated_at",
        store=True,
        copy=False,
        help="When its end was announced (RFC 9745). Callers read it in every answer.",
    )
    sunset_at = fields.Datetime(
        help="When this version ends (RFC 8594). Callers read it in every answer."
    )
    schema_file = fields.Char(
        help="Path of the JSON Schema below the addons folders, "
        "for example procurement_bridge/contracts/shipment.advised/1.0.json."
    )
    schema = fields.Json(compute="_compute_schema", store=True, readonly=False)
    schema_text = fields.Text(compute="_compute_schema_text", string="JSON Schema")
    sample_text = fields.Text(compute="_compute_schema_text", string="Sample")
    handler_model = fields.Char(
        string="Handler", help="Model that inherits integration.handler; inbound only."
    )
    service_group_ids = fields.Many2many(
        "res.groups",
        string="Groups of the service user",
        help="What a system's user needs for the handler, and not more.",
    )

    _code_version_unique = models.Constraint(
        "UNIQUE(code, version, direction)",
        "There is a contract with this code, version and direction already.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        self.env["integration.message"]._refuse_if_logged(self, "contract_id")

    @api.depends("state")
    def _compute_deprecated_at(self):
        """The first day counts: later edits of what is deprecated do not move it."""
        for contract in self:
            since = contract.deprecated_at
            if contract.state == "deprecated":
                since = since or fields.Datetime.now()
            elif contract.state != "retired":
                since = False
            contract.deprecated_at = since

    @api.depends("schema_file")
    def _compute_schema(self):
        for contract in self:
            if contract.schema_file:
                contract.schema = contract._read_json(contract.schema_file)

    @api.depends("schema", "schema_file")
    def _compute_schema_text(self):
        for contract in self:
            contract.schema_text = json.dumps(contract.schema or {}, indent=2)
            sample = contract._get_sample()
            contract.sample_text = json.dumps(sample, indent=2) if sample else False

    def _get_sample(self):
        """Return the payload that stands beside the schema file, or None."""
        self.ensure_one()
        if not self.schema_file:
            return None
        try:
            return self._read_json(
                self.schema_file.removesuffix(".json") + ".sample.json"
            )
        except FileNotFoundError:
            return None

    @api.model
    def _read_json(self, path):
        # Only below the addons folders, and only JSON: the path comes from a form.
        with file_open(path, "rb", filter_ext=(".json",)) as file:
            return json.load(file)

    @api.constrains("version", "schema", "handler_model", "direction")
    def _check_contract(self):
        for contract in self:
            if not VERSION.fullmatch(contract.version):
                raise ValidationError(self.env._("A version reads like 1.0 or 2.3.1."))
            try:
                compile_schema(contract.schema or {})
            except ValueError as error:
                raise ValidationError(str(error)) from error
            contract._check_handler()

    def _check_handler(self):
        if self.direction == "out":
            return
        model = self.env.get(self.handler_model)
        # A contract of an uninstalled draft may stand without its handler.
        if self.state != "draft" and not hasattr(model, "_handle"):
            raise ValidationError(
                self.env._(
                    "The contract %(code)s names the handler '%(handler)s', which is not a "
                    "model that inherits integration.handler.",
                    code=self.code,
                    handler=self.handler_model or "",
                )
            )

    @api.depends("code", "version")
    def _compute_display_name(self):
        for contract in self:
            contract.display_name = f"{contract.code} {contract.version}"

    def write(self, vals):
        if vals.get("schema_file"):
            # An update of the addon brings a newer file under the same path.
            vals = dict(vals, schema=self._read_json(vals["schema_file"]))
        return super().write(vals)

    @api.model
    def _describe(self, system_id, scopes, direction):
        """Return every contract of the scopes, as the published interface shows it.

        :param system_id: whose policies hold.
        :param scopes: set of ``(direction, code)``.
        :returns: list of ``lib.described.Described``.
        """
        # See _find_id: the catalogue is open to callers, as far as their scope goes.
        contracts = self.sudo().search(
            [
                ("direction", "=", direction),
                ("state", "in", ACTIVE_STATES),
                ("code", "in", [code for way, code in scopes if way == direction]),
            ]
        )
        return [
            Described(
                contract.code,
                contract.version,
                contract.name,
                contract.schema or {},
                contract._get_sample(),
                deprecated=contract.state == "deprecated",
                policy=contract._prepare_policy(system_id),
            )
            for contract in contracts
        ]

    def _prepare_policy(self, system_id):
        """Return what a partner has to know of the rules of one flow, by name."""
        flow = self.env["integration.policy"]._get_flow(system_id, self.id)
        policy = {
            "tier": flow.tier,
            "latencyTargetSeconds": flow.latency_target_seconds,
            "maxAttempts": flow.max_attempts,
            "order": flow.order.order,
            "idempotencyKeyRequired": flow.requires_idempotency_key,
        }
        if flow.rate_limit_per_minute:
            policy["limitPerMinute"] = flow.rate_limit_per_minute
        if self.state == "deprecated" and self.sunset_at:
            policy["sunset"] = write_moment(self.sunset_at)
        return policy

    @api.model
    @ormcache("contract_id")
    def _get_deprecation_headers(self, contract_id):
        """Return what answers to a deprecated version say: Deprecation and Sunset.

        RFC 9745 and RFC 8594; nothing for an active version.
        """
        # See _find_id.
        contract = self.sudo().browse(contract_id)
        if contract.state != "deprecated":
            return {}
        since = contract.deprecated_at.replace(tzinfo=UTC)
        headers = {"Deprecation": f"@{int(since.timestamp())}"}
        if contract.sunset_at:
            sunset = contract.sunset_at.replace(tzinfo=UTC)
            headers["Sunset"] = format_datetime(sunset, usegmt=True)
        return headers

    @api.model
    @ormcache("contract_id")
    def _get_version(self, contract_id):
        # See _find_id: the catalogue is open to callers.
        return self.sudo().browse(contract_id).version

    @api.model
    @ormcache("contract_id")
    def _get_handler_model(self, contract_id):
        # See _find_id.
        return self.sudo().browse(contract_id).handler_model

    def _version_key(self):
        self.ensure_one()
        return tuple(int(part) for part in self.version.split("."))

    @api.model
    @ormcache("code", "direction", "version")
    def _find_id(self, code, direction, version=None):
        """Return the id of the version asked for, or of the newest active one.

        A deprecated version is in force until it is retired, also where no other is.
        """
        domain = [
            ("code", "=", code),
            ("direction", "=", direction),
            ("state", "in", ACTIVE_STATES),
        ]
        if version:
            domain += [("version", "=", version)]
        # The catalogue itself is no secret to the callers of this method; who may
        # send or receive a contract is decided by the scopes of a system.
        contracts = self.sudo().search(domain)
        return max(
            contracts,
            key=lambda c: (c.state == "active", c._version_key()),
            default=self.browse(),
        ).id

    @api.model
    @ormcache("contract_id")
    def _get_validator(self, contract_id):
        """Return the compiled schema: once per process and change."""
        # See _find_id: the schema is public to whoever may send the message.
        return compile_schema(self.sudo().browse(contract_id).schema or {})

    def _find_payload_faults(self, payload):
        """Return the list of ``Fault`` of a payload against this version."""
        self.ensure_one()
        return find_faults(self._get_validator(self.id), payload)
