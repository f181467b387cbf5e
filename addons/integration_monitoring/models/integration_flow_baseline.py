from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models

from ..lib.baseline import WEEKS_MIN, Baseline, judge, learn
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
        required=True, readonly=True, help="0: Monday, midnight to one, UTC."
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
        self.create(
            [
                self._prepare_vals(row, until)
                for row in queries.read_history(self.env.cr, since, until)
            ]
        )
        self.env["integration.flow.hour"].search(
            [("hour", "<", until - timedelta(days=KEPT_DAYS))]
        ).unlink()

    @api.model
    def _prepare_vals(self, row, until):
        company, system, code, direction, hour, counts, failed, first = row
        weeks = min(WEEKS, -(-(until - first).days // 7))
        known = learn(counts, failed, max(weeks, len(counts)))
        return {
            "company_id": company,
            "system_id": system,
            "contract_code": code,
            "direction": direction,
            "hour_of_week": hour,
            **{name: getattr(known, name) for name in Baseline.__dataclass_fields__},
        }

    @api.model
    def _find_anomalies(self, hour):
        """Compare an hour that is over with what is usual in it.

        A flow that is known for long enough and was never seen at this hour of the week
        usually has no messages then.

        :param hour: naive UTC, a full hour.
        :returns: list of ``(baseline, lib.baseline.Anomaly)``.
        """
        number = hour.weekday() * 24 + hour.hour
        rows = self.env["integration.flow.hour"].search([("hour", "=", hour)])
        found = {_get_key(row): row for row in rows}
        usual = {
            _get_key(known): (known, known._as_baseline())
            for known in self.search([("hour_of_week", "=", number)])
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


def _full_hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)
