from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.compatibility import find_breaks

CALLERS_DAYS = 30
NOTICE_DAYS = 90
WARN_DAYS = 14
ACTIVITY = "mail.mail_activity_data_warning"


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
        help="Who used this version in the last 30 days, and how often; what was refused "
        "counts as well.",
    )
    sunset_warned_at = fields.Datetime(
        readonly=True, copy=False, help="The sunset that somebody was told of."
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
        for contract in self:
            contract.caller_text = "\n".join(
                f"{system.name}: {count}" for system, count in contract._count_callers()
            )

    def _count_callers(self):
        """Return pairs ``(system, how often)`` of who used this version of late.

        Who is refused is still on it: inbound, messages count; outbound, deliveries.
        """
        since = fields.Datetime.now() - timedelta(days=CALLERS_DAYS)
        model = "message" if self.direction == "in" else "delivery"
        counts = self.env[f"integration.{model}"]._read_group(
            [("contract_id", "=", self.id), ("received_at", ">=", since)],
            ["system_id"],
            ["__count"],
            order="__count desc",
        )
        return [(system, count) for system, count in counts if system]

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

    @api.model
    def _get_default_sunset(self):
        return fields.Datetime.now() + timedelta(days=NOTICE_DAYS)

    def write(self, vals):
        """What is deprecated has a last day, also where nobody was asked for it."""
        if vals.get("state") != "deprecated" or vals.get("sunset_at"):
            return super().write(vals)
        endless = self.filtered(lambda c: not c.sunset_at)
        if endless:
            dated = {**vals, "sunset_at": self._get_default_sunset()}
            super(IntegrationContract, endless).write(dated)
        return super(IntegrationContract, self - endless).write(vals)

    def action_deprecate(self):
        """Ask when this version ends, then announce it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deprecate"),
            "res_model": "integration.contract.deprecate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_ids": self.ids},
        }

    @api.model
    def _cron_sunset(self):
        """Warn of the versions that end soon; retire those whose sunset has come.

        The sunset was decided with the deprecation, by two persons where four eyes are
        asked for: what is carried out here is their decision.
        """
        now = fields.Datetime.now()
        ending = self.search(
            [
                ("state", "=", "deprecated"),
                ("sunset_at", "<=", now + timedelta(days=WARN_DAYS)),
            ]
        )
        ending.filtered(lambda c: c.sunset_warned_at != c.sunset_at)._warn_callers()
        over = ending.filtered(lambda c: c.sunset_at <= now and c._may_end())
        over.write({"state": "retired"})

    def _may_end(self):
        """Tell whether nothing of our own would fail without this version.

        Senders were told and get an error; what we publish needs a version in force.
        """
        return self.direction == "in" or bool(
            self.search_count(
                [
                    ("code", "=", self.code),
                    ("direction", "=", "out"),
                    ("state", "=", "active"),
                ],
                limit=1,
            )
        )

    def _warn_callers(self):
        """Tell those responsible for each system that is still on it, once a sunset."""
        for contract in self:
            for system, count in contract._count_callers():
                contract._warn_responsibles(system, count)
            contract.sunset_warned_at = contract.sunset_at

    def _warn_responsibles(self, system, count):
        for person in system._get_responsibles():
            system.activity_schedule(
                ACTIVITY,
                date_deadline=self.sunset_at.date(),
                summary=self.env._("%s ends", self.display_name),
                note=self.env._(
                    "%(system)s used this version %(count)s times in the last %(days)s "
                    "days. It is retired on %(sunset)s (UTC): ask the partner to move to a "
                    "newer one, or put the sunset off.",
                    system=system.name,
                    count=count,
                    days=CALLERS_DAYS,
                    sunset=self.sunset_at,
                ),
                user_id=person.id,
            )
