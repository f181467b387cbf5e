from datetime import timedelta

from odoo import models

from .mes_event import EPOCH

# Where nobody reported time, Odoo fills in what it expected.
EXPECTED = "expected:"


class MesOrder(models.Model):
    """When operations ran and people worked on them, and how that is dated."""

    _inherit = "mes.order"

    def _post_times(self, production, folded, *, completed_at=None):
        """Write when operations ran, as closed intervals, and when they began.

        One integration user could have one open timer per work order only, and an open
        record of downtime blocks its work centre.
        """
        workorders = production.workorder_ids
        if not workorders:
            return
        wanted = {
            interval.identity: interval
            for interval in folded.intervals
            if interval.operation in workorders.ids
        }
        known = workorders.time_ids.filtered("mes_identity")
        outdated = known.filtered(lambda time: not self._is_current(time, wanted))
        outdated.unlink()
        known = set((known - outdated).mapped("mes_identity"))
        self.env["mrp.workcenter.productivity"].create(
            [
                self._prepare_time_vals(interval)
                for identity, interval in wanted.items()
                if identity not in known
            ]
        )
        self._date_workorders(workorders, completed_at)

    def _is_current(self, time, wanted):
        if time.mes_identity.startswith(EXPECTED):
            reported = {interval.operation for interval in wanted.values()}
            return time.workorder_id.id not in reported
        interval = wanted.get(time.mes_identity)
        return interval and (time.date_start, time.date_end) == (
            _moment(interval.started_at),
            _moment(interval.ended_at),
        )

    def _prepare_time_vals(self, interval):
        workorder = self.env["mrp.workorder"].browse(interval.operation)
        event = self.event_ids.filtered(lambda e: e.identity == interval.identity)
        return {
            "workorder_id": workorder.id,
            "workcenter_id": workorder.workcenter_id.id,
            "company_id": self.company_id.id,
            "loss_id": self.env.ref("mrp.block_reason7").id,
            "description": event.worker or self.env._("Shop floor"),
            "date_start": _moment(interval.started_at),
            "date_end": _moment(interval.ended_at),
            "mes_identity": interval.identity,
        }

    def _date_workorders(self, workorders, completed_at):
        """Give operations the state and dates that were reported.

        Odoo's button starts them now, and with everything that is left to produce.
        """
        changed = False
        for workorder in workorders:
            vals = (
                self._prepare_ended_vals(workorder, completed_at)
                if completed_at
                else self._prepare_started_vals(workorder)
            )
            if vals:
                changed = True
                workorder.with_context(
                    bypass_duration_calculation=True, mes_posting=True
                ).write(vals)
        if changed and not completed_at:
            self._backdate(self._get_events())

    def _find_start(self, workorder):
        begins = self._get_events().filtered(
            lambda e: e.kind == "started" and e.workorder_id == workorder
        )
        return min(begins.mapped("occurred_at"), default=None)

    def _prepare_started_vals(self, workorder):
        start = self._find_start(workorder)
        if not start or workorder.state in ("progress", "done", "cancel"):
            return {}
        finish = max(workorder.date_finished or start, start)
        return {"state": "progress", "date_start": start, "date_finished": finish}

    def _prepare_ended_vals(self, workorder, completed_at):
        for time in workorder.time_ids.filtered(lambda time: not time.mes_identity):
            length = (time.date_end or time.date_start) - time.date_start
            time.write(
                {
                    "date_start": completed_at - length,
                    "date_end": completed_at,
                    "mes_identity": f"{EXPECTED}{workorder.id}",
                }
            )
        times = workorder.time_ids
        start = self._find_start(workorder) or min(
            times.mapped("date_start"), default=completed_at
        )
        finish = max(times.mapped("date_end"), default=completed_at)
        return {"date_start": min(start, finish), "date_finished": finish}

    def _post_closing_times(self, production, folded):
        """Date the order to when it happened, and its moves to when they did."""
        completions = self._get_events().filtered(lambda e: e.kind == "completed")
        if production.state != "done" or not completions:
            return
        completed_at = completions[-1]._get_date()
        self._post_times(production, folded, completed_at=completed_at)
        starts = [
            event.occurred_at
            for event in self._get_events()
            if event.kind not in ("accepted", "rejected", "reversed")
        ]
        production.with_context(force_date=True, mes_posting=True).write(
            {
                "date_start": min(*starts, completed_at),
                "date_finished": completed_at,
            }
        )
        self._backdate(self._get_events())
        self._on_closed(production)

    def _on_closed(self, production):
        """Hook: ``production`` is done, or its times changed afterwards."""


def _moment(seconds):
    return EPOCH + timedelta(seconds=seconds)
