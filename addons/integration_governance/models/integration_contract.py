from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.compatibility import find_breaks

CALLERS_DAYS = 30


class IntegrationContract(models.Model):
    """Contracts: compatible when they change, announced when they end."""

    _name = "integration.contract"
    _inherit = ["integration.contract", "integration.governed.mixin"]
    _governed_fields = (
        "code",
        "version",
        "direction",
        "state",
        "tier",
        "schema_file",
        "schema",
        "handler_model",
        "service_group_ids",
        "sunset_at",
    )
    _key_fields = ("code", "version", "direction")
    _scope_fields = ()

    break_text = fields.Text(
        compute="_compute_break_text",
        string="Breaks",
        help="Why payloads of the version before may not satisfy this one.",
    )
    accepts_breaks = fields.Boolean(
        help="Senders were told: this version may break what satisfied the one before."
    )
    caller_text = fields.Text(
        compute="_compute_caller_text",
        string="Still on it",
        help="Who used this version in the last 30 days, and how often.",
    )

    def _get_governed_system(self):
        return self.env["integration.system"]

    def _get_system_of(self, vals):
        return self.env["integration.system"]

    def _find_version_before(self):
        """Return the newest older version of the same major number, or nothing."""
        older = self.search(
            [
                ("code", "=", self.code),
                ("direction", "=", self.direction),
                ("state", "!=", "draft"),
            ]
        ).filtered(
            lambda c: (
                c._version_key() < self._version_key()
                and c._version_key()[0] == self._version_key()[0]
            )
        )
        return older.sorted(lambda c: c._version_key(), reverse=True)[:1]

    @api.depends("schema", "version", "code", "direction")
    def _compute_break_text(self):
        for contract in self:
            before = (
                contract._origin._find_version_before() if contract._origin.id else None
            )
            found = []
            if before:
                # What we send, receivers of the older version must still understand.
                pair = (before.schema or {}, contract.schema or {})
                found = find_breaks(
                    *(pair if contract.direction == "in" else pair[::-1])
                )
            contract.break_text = "\n".join(found)

    def _compute_caller_text(self):
        since = fields.Datetime.now() - timedelta(days=CALLERS_DAYS)
        for contract in self:
            counts = self.env["integration.delivery"]._read_group(
                [("contract_id", "=", contract.id), ("received_at", ">=", since)],
                ["system_id"],
                ["__count"],
                order="__count desc",
            )
            contract.caller_text = "\n".join(
                f"{system.name}: {count}" for system, count in counts if system
            )

    @api.constrains("state", "schema", "version", "accepts_breaks")
    def _check_compatible(self):
        """A minor version takes what the one before took (semantic versioning, 8)."""
        for contract in self.filtered(lambda c: c.state == "active"):
            if contract.break_text and not contract.accepts_breaks:
                raise UserError(
                    self.env._(
                        "%(contract)s would break senders of the version before:\n"
                        "%(breaks)s\nGive it a new major number, or say that it may.",
                        contract=contract.display_name,
                        breaks=contract.break_text,
                    )
                )

    def action_deprecate(self):
        """Announce the end: callers read it in the headers of every answer."""
        self.filtered(lambda c: c.state == "active").state = "deprecated"
