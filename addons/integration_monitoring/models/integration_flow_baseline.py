from dataclasses import asdict, replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models

from ..lib.baseline import (
    WEEKS_MIN,
    Baseline,
    get_hour_of_week,
    group_by_hour_of_week,
    judge,
    learn,
)
from . import integration_flow_queries as queries

WEEKS = 8
KEPT_DAYS = 400


class IntegrationFlowBaseline(models.Model):
    """What is usual for a flow at an hour of the week."""

    _name = "integration.flow.baseline"
    _description = "Flow Baseline"
    _order = "contract_code, hour_of_week"
    _log_access = False
    _rec_name = "contract_code"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    system_id = fields.Many2one("integration.system", readonly=True, ondelete="cascade")
    contract_code = fields.Char(string="Type", required=True, readonly=True)
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, readonly=True
    )
    hour_of_week = fields.Integer(
        required=True, readonly=True, help="0: Monday, midnight to one, by the clock of its system."
    )
    weeks = fields.Integer(readonly=True)
    count = fields.Float(string="Messages", digits=0, readonly=True)
    count_spread = fields.Float(digits=0, readonly=True)
    share = fields.Float(string="Share of failures", digits=0, readonly=True)
    share_spread = fields.Float(digits=0, readonly=True)

    _flow_index = models.Index("(hour_of_week)")

    @api.model
    def _cron_learn(self):
        """Learn anew from the last weeks; forget figures that are too old for it."""
        until = _full_hour(fields.Datetime.now())
        since = until - timedelta(weeks=WEEKS)
        self.search([]).unlink()
        zones = self._get_zones()
        for row in queries.read_history(self.env.cr, since, until):
            self.create(self._prepare_flow_vals(row, until, zones))
        self.env["integration.flow.hour"].search(
            [("hour", "<", until - timedelta(days=KEPT_DAYS))]
        ).unlink()

    @api.model
    def _get_zones(self):
        """Return ``{(company id, system id): zone}``: by which clock each flow goes.

        A system's own, also of one that is archived; what is published goes by its
        company's.
        """
        systems = self.env["integration.system"].with_context(active_test=False).search([])
        companies = self.env["res.company"].with_context(active_test=False).search([])
        return {
            **{(one.company_id.id, one.id): _get_zone(one.timezone) for one in systems},
            **{(one.id, None): _get_zone(one.partner_id.tz) for one in companies},
        }

    @api.model
    def _prepare_flow_vals(self, row, until, zones):
        """Return the values of a flow's hours of the week, of a row of its history."""
        company, system, code, direction, hours, counts, failed = row
        weeks = min(WEEKS, -(-(until - min(hours)).days // 7))
        groups = group_by_hour_of_week(
            hours, counts, failed, zones.get((company, system), UTC)
        )
        return [
            {
                "company_id": company,
                "system_id": system,
                "contract_code": code,
                "direction": direction,
                "hour_of_week": hour,
                **asdict(learn(some, bad, max(weeks, len(some)))),
            }
            for hour, (some, bad) in groups.items()
        ]

    @api.model
    def _find_anomalies(self, hour):
        """Compare an hour that is over with what is usual in it.

        A flow that is known for long enough and was never seen at this hour of the week
        usually has no messages then.

        :param hour: naive UTC, a full hour.
        :returns: list of ``(baseline, lib.baseline.Anomaly)``.
        """
        zones = self._get_zones()
        numbers = {pair: get_hour_of_week(hour, zone) for pair, zone in zones.items()}
        rows = self.env["integration.flow.hour"].search([("hour", "=", hour)])
        found = {_get_key(row): row for row in rows}
        usual = {
            _get_key(known): (known, known._as_baseline())
            for known in self.search([("hour_of_week", "in", [*set(numbers.values())])])
            if known.hour_of_week
            == numbers.get((known.company_id.id, known.system_id.id or None))
        }
        usual |= self._find_quiet(found.keys() - usual.keys())
        anomalies = []
        for key, (known, baseline) in usual.items():
            row = found.get(key, self.env["integration.flow.hour"])
            anomalies += [
                (known, anomaly)
                for anomaly in judge(
                    baseline,
                    row.accepted_count + row.refused_count,
                    row.refused_count + row.dead_count + row.parked_count,
                )
            ]
        return anomalies

    @api.model
    def _find_quiet(self, keys):
        """Return ``{flow: (baseline of another hour, lib.baseline.Baseline)}``.

        Of flows that are known for long enough: no messages, failures as in that hour.
        """
        quiet = {}
        if not keys:
            return quiet
        domain = [
            ("weeks", ">=", WEEKS_MIN),
            ("contract_code", "in", [code for _company, _system, code, _way in keys]),
        ]
        for known in self.search(domain):
            if _get_key(known) in keys:
                nothing = replace(known._as_baseline(), count=0.0, count_spread=0.0)
                quiet.setdefault(_get_key(known), (known, nothing))
        return quiet

    def _as_baseline(self):
        names = Baseline.__dataclass_fields__
        return Baseline(**{name: self[name] for name in names})


def _get_key(row):
    return row.company_id, row.system_id, row.contract_code, row.direction


def _get_zone(name):
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _full_hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)
