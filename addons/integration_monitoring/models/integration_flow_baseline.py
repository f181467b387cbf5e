from datetime import timedelta

from odoo import api, fields, models

from ..lib.baseline import Baseline, judge, learn
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

        :param hour: naive UTC, a full hour.
        :returns: list of ``(baseline, lib.baseline.Anomaly)``.
        """
        number = hour.weekday() * 24 + hour.hour
        rows = self.env["integration.flow.hour"].search([("hour", "=", hour)])
        found = {
            (row.company_id, row.system_id, row.contract_code, row.direction): row
            for row in rows
        }
        anomalies = []
        for known in self.search([("hour_of_week", "=", number)]):
            row = found.get(
                (
                    known.company_id,
                    known.system_id,
                    known.contract_code,
                    known.direction,
                ),
                self.env["integration.flow.hour"],
            )
            anomalies += [
                (known, anomaly)
                for anomaly in judge(
                    known._as_baseline(),
                    row.accepted_count + row.refused_count,
                    row.refused_count + row.dead_count + row.parked_count,
                )
            ]
        return anomalies

    def _as_baseline(self):
        names = Baseline.__dataclass_fields__
        return Baseline(**{name: self[name] for name in names})


def _full_hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)
