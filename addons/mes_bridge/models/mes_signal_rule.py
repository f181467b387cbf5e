from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..edge_agent.signals.rules import RuleError, read_rule


class MesSignalRule(models.Model):
    """What becomes of one signal of a work centre, before anything is sent.

    The rules are kept here and applied by the edge agent, which fetches them: see
    ``edge_agent/signals``.
    """

    _name = "mes.signal.rule"
    _description = "Signal rule"
    _order = "workcenter_id, signal"

    workcenter_id = fields.Many2one(
        "mrp.workcenter", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="workcenter_id.company_id", store=True)
    signal = fields.Char(required=True, help="As the machine names it.")
    system_id = fields.Many2one(
        "integration.system",
        string="Only for",
        ondelete="cascade",
        index="btree_not_null",
        help="The agent that gets this rule; empty: every agent that may send signals.",
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("measure", "Measured value"),
            ("counter", "Counter"),
            ("state", "State"),
        ],
        required=True,
        default="measure",
    )
    deadband = fields.Float(
        digits=(16, 6), help="A smaller change than this is none; the signal's unit."
    )
    debounce_seconds = fields.Float(
        string="Has to last (s)", help="A shorter change is none."
    )
    aggregation = fields.Selection(
        [("none", "Each change"), ("window", "Per window"), ("shift", "Per shift")],
        required=True,
        default="none",
        string="Tell",
    )
    window_seconds = fields.Integer(string="Window (s)", default=60)
    grace_seconds = fields.Float(
        string="Waits for late samples (s)",
        help="How long a window or shift stays open for samples that come late. 0: as the "
        "agent is set up.",
    )
    shift_starts = fields.Char(
        default="06:00, 14:00, 22:00", help="In the time zone of the work centre."
    )
    rollover = fields.Float(
        digits=(16, 6), help="The counter begins again at zero here; 0: never."
    )
    has_high = fields.Boolean(string="Upper threshold")
    high = fields.Float(digits=(16, 6), string="Above")
    has_low = fields.Boolean(string="Lower threshold")
    low = fields.Float(digits=(16, 6), string="Below")
    hysteresis = fields.Float(
        digits=(16, 6), help="How far back the value has to come before it is over."
    )
    hold_seconds = fields.Float(
        string="For at least (s)", help="How long it has to be beyond the threshold."
    )
    reading_count = fields.Integer(compute="_compute_reading_count")

    _signal_unique = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (workcenter_id, signal, system_id)",
        "There is a rule for this signal already.",
    )

    @api.depends("workcenter_id", "signal")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = (
                f"{rule.workcenter_id.display_name or ''} · {rule.signal or ''}"
            )

    def _compute_reading_count(self):
        for rule in self:
            rule.reading_count = self.env["mes.signal.reading"].search_count(
                rule._get_reading_domain()
            )

    @api.constrains(
        "workcenter_id",
        "signal",
        "kind",
        "deadband",
        "debounce_seconds",
        "aggregation",
        "window_seconds",
        "grace_seconds",
        "shift_starts",
        "rollover",
        "has_high",
        "high",
        "has_low",
        "low",
        "hysteresis",
        "hold_seconds",
    )
    def _check_rule(self):
        for rule in self:
            rule._read()

    def _read(self):
        """Return the rule as the filter knows it, ``signals.rules.Rule``.

        :raises ValidationError: when it cannot be meant.
        """
        try:
            return read_rule(self._prepare_rule())
        except RuleError as error:
            raise ValidationError(
                self.env._(
                    "%(rule)s: %(reason)s", rule=self.display_name, reason=str(error)
                )
            ) from error

    def _prepare_rule(self):
        """Return the rule as an agent reads it."""
        self.ensure_one()
        workcenter = self.workcenter_id
        rule = {
            "work_centre": workcenter.code or workcenter.name,
            "signal": self.signal,
            "kind": self.kind,
            "deadband": self.deadband,
            "debounce_seconds": self.debounce_seconds,
            "rollover": self.rollover,
            "high": self.high if self.has_high else None,
            "low": self.low if self.has_low else None,
            "hysteresis": self.hysteresis,
            "hold_seconds": self.hold_seconds,
        }
        if self.aggregation == "window":
            rule["window_seconds"] = self.window_seconds
        elif self.aggregation == "shift":
            starts = (self.shift_starts or "").split(",")
            rule["shift_starts"] = [text.strip() for text in starts if text.strip()]
            rule["time_zone"] = workcenter.tz or "UTC"
        if self.grace_seconds and self.aggregation != "none":
            rule["grace_seconds"] = self.grace_seconds
        return rule

    @api.model
    def _get_rules_of(self, system):
        """Return the rules that the agent of a system applies, as it reads them."""
        rules = self.search([("system_id", "in", [False, system.id])])
        own = {rule._prepare_key(): rule for rule in rules if rule.system_id}
        common = {rule._prepare_key(): rule for rule in rules if not rule.system_id}
        return [rule._prepare_rule() for rule in {**common, **own}.values()]

    def _prepare_key(self):
        return self.workcenter_id.id, self.signal

    def _get_reading_domain(self):
        return [
            ("workcenter_id", "=", self.workcenter_id.id),
            ("signal", "=", self.signal),
        ]

    def action_open_readings(self):
        """Open what was recorded of the signal."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mes_bridge.mes_signal_reading_action"
        )
        return {**action, "domain": self._get_reading_domain()}

    def action_preview(self):
        """Try the rule on pasted samples."""
        self.ensure_one()
        preview = self.env["mes.signal.preview"].create({"rule_id": self.id})
        return preview._get_action()
