import logging
from datetime import timedelta

from odoo import api, fields, models

from . import integration_flow_queries as queries

_logger = logging.getLogger(__name__)

RANKS = ("low", "normal", "high", "line_stop")
HOURS = 1


class IntegrationAlertRule(models.Model):
    """When somebody has to know, and who, by the business priority of the flow."""

    _name = "integration.alert.rule"
    _inherit = "integration.configuration.mixin"
    _description = "Alert Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    metric = fields.Selection(
        [
            ("backlog", "Messages that wait in a lane"),
            ("age", "Age of the oldest that waits (minutes)"),
            ("failed_share", "Share of failures in the last hours (%)"),
            ("late_share", "Share of late messages in the last hours (%)"),
            ("dead", "Messages given up in the last hours"),
            ("breaker", "Endpoints whose breaker is open"),
            ("anomaly", "Unusual hours of a flow (spreads from usual)"),
        ],
        required=True,
    )
    threshold = fields.Float(required=True, help="From this value on it is an alert.")
    criticality = fields.Selection(
        [
            ("low", "Low"),
            ("normal", "Normal"),
            ("high", "High"),
            ("line_stop", "Stops the line"),
        ],
        string="From business priority",
        required=True,
        default="low",
        help="Only flows whose policy is at least this critical.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    user_ids = fields.Many2many(
        "res.users",
        string="Tell",
        help="Who gets a mail and an activity. Empty: all integration managers.",
    )

    _threshold_positive = models.Constraint(
        "CHECK(threshold >= 0)", "A threshold is zero or more."
    )

    @api.model
    def _cron_check(self):
        """Open alerts for what is wrong now, and close those that are over.

        A rule that fails keeps no other from being checked.
        """
        # Archived ones too: what they have opened is over.
        for rule in self.search([("active", "in", (True, False))]):
            try:
                with self.env.cr.savepoint():
                    self.env["integration.alert"]._synchronize(
                        rule, rule._find_violations() if rule.active else {}
                    )
            except Exception:
                _logger.exception("The alert rule '%s' failed", rule.name)

    def _find_violations(self):
        """Return ``{key: (text, value, company, system)}`` of all that violates this rule.

        The system is an empty record set where no one system is to blame.
        """
        self.ensure_one()
        found = getattr(self, f"_measure_{self.metric}")()
        return {
            key: (text, value, company, system)
            for key, text, value, company, system in found
            if value >= self.threshold and value > 0
        }

    def _get_companies(self):
        # Rules are checked for everybody by a scheduled action.
        return self.company_id or self.env["res.company"].search([])

    def _measure_backlog(self):
        yield from self._measure_lanes(lambda rows: sum(row[3] for row in rows))

    def _measure_age(self):
        now = fields.Datetime.now()
        yield from self._measure_lanes(
            lambda rows: max((now - row[4]).total_seconds() / 60 for row in rows)
        )

    def _measure_lanes(self, measure):
        """Measure what waits of the flows that are critical enough, lane by lane.

        :param measure: function from rows of ``count_waiting`` to a figure.
        """
        get_criticality = self.env["integration.policy"]._get_criticality
        for company in self._get_companies():
            waiting = {}
            for row in queries.count_waiting(self.env.cr, company.ids):
                lane_id, system_id, contract_id, *_figures = row
                if self._is_enough(get_criticality(system_id, contract_id)):
                    waiting.setdefault(lane_id, []).append(row)
            for lane_id, rows in waiting.items():
                lane = self.env["integration.lane"].browse(lane_id)
                yield (
                    f"lane:{company.id}:{lane_id}",
                    lane.name,
                    measure(rows),
                    company,
                    self.env["integration.system"],
                )

    def _measure_failed_share(self):
        yield from self._measure_flows(
            lambda row: row.refused_count + row.dead_count + row.parked_count,
            lambda row: row.accepted_count + row.refused_count,
        )

    def _measure_late_share(self):
        yield from self._measure_flows(
            lambda row: row.late_count, lambda row: row.done_count
        )

    def _measure_dead(self):
        yield from self._measure_flows(lambda row: row.dead_count)

    def _measure_flows(self, part, whole=None):
        """Measure every flow that is critical enough, over the last hours."""
        now = fields.Datetime.now()
        since = now.replace(minute=0, second=0) - timedelta(hours=HOURS)
        flows = {}
        for row in self.env["integration.flow.hour"].search(
            [("hour", ">=", since), ("company_id", "in", self._get_companies().ids)]
        ):
            key = (row.company_id, row.system_id, row.contract_code, row.direction)
            flows.setdefault(key, []).append(row)
        for (company, system, code, direction), rows in flows.items():
            if not self._is_critical(system, code, direction):
                continue
            value = sum(map(part, rows))
            if whole:
                value = 100 * value / max(1, sum(map(whole, rows)))
            yield (
                f"flow:{company.id}:{system.id}:{code}:{direction}",
                self._name_flow(system, code),
                value,
                company,
                system,
            )

    def _measure_breaker(self):
        now = fields.Datetime.now()
        for health in self.env["integration.endpoint.health"].search(
            [("open_until", ">", now)]
        ):
            endpoint = health.endpoint_id
            if endpoint.company_id in self._get_companies() and any(
                self._is_critical(endpoint.system_id, code, "out")
                for code in self._get_codes(endpoint)
            ):
                yield (
                    f"endpoint:{endpoint.id}",
                    endpoint.name,
                    1,
                    endpoint.company_id,
                    endpoint.system_id,
                )

    def _get_codes(self, endpoint):
        """Return what is sent to an endpoint; False where nothing is at present."""
        Subscriptions = self.env["integration.subscription"]
        codes = Subscriptions.search([("endpoint_id", "=", endpoint.id)]).mapped(
            "contract_code"
        )
        return codes or [False]

    def _measure_anomaly(self):
        hour = fields.Datetime.now().replace(minute=0, second=0) - timedelta(hours=1)
        labels = {
            "silence": self.env._("silent, usually %(usual).0f messages"),
            "surge": self.env._("%(value).0f messages, usually %(usual).0f"),
            "errors": self.env._("%(share).0f %% fail, usually %(normal).0f %%"),
        }
        for known, anomaly in self.env["integration.flow.baseline"]._find_anomalies(
            hour
        ):
            system, code = known.system_id, known.contract_code
            if known.company_id not in self._get_companies() or not self._is_critical(
                system, code, known.direction
            ):
                continue
            if anomaly.kind == "silence" and system and system.state != "active":
                continue  # somebody wants it silent
            text = labels[anomaly.kind] % {
                "value": anomaly.value,
                "usual": anomaly.usual,
                "share": 100 * anomaly.value,
                "normal": 100 * anomaly.usual,
            }
            yield (
                f"{anomaly.kind}:{known.company_id.id}:{system.id}:{code}",
                f"{self._name_flow(system, code)}: {text}",
                abs(anomaly.score),
                known.company_id,
                system,
            )

    @api.model
    def _name_flow(self, system, code):
        return " · ".join(filter(None, (system.name, code)))

    def _is_critical(self, system, code, direction):
        """Tell whether a flow's policy is as critical as this rule asks for.

        By its code: what is unknown here has no contract.
        """
        policy = self.env["integration.policy"]._find_in_force(
            system.id, code, direction
        )
        return self._is_enough(policy.criticality or "normal")

    def _is_enough(self, criticality):
        return RANKS.index(criticality) >= RANKS.index(self.criticality)

    def _get_recipients(self, company, system):
        """Return the people to tell: of the company, and allowed to see the system."""
        managers = self.env.ref("integration_core.integration_core_group_manager")
        people = self.user_ids or managers.all_user_ids
        return people.filtered(
            lambda user: (
                company in user.company_ids
                and not user.share
                and (not system or system.with_user(user).has_access("read"))
            )
        )
