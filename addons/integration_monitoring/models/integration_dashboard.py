from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from . import integration_flow_queries as queries

HOURS = 24
GROUPS = (
    "integration_core.integration_core_group_operator",
    "integration_core.integration_core_group_auditor",
    "integration_core.integration_core_group_approver",
)
FIGURES = (
    "accepted_count",
    "refused_count",
    "done_count",
    "late_count",
    "retry_count",
    "parked_count",
    "dead_count",
    "milliseconds_total",
)
RANKS = {"danger": 0, "warning": 1, "info": 2, "ok": 3}


class IntegrationDashboard(models.AbstractModel):
    """The two dashboards: from figures by hour and from what is open, never the log."""

    _inherit = "integration.dashboard"

    @api.model
    def get_operations_data(self):
        """Return what endangers the plant today, the most pressing first."""
        self._check_reader()
        tiles = sorted(
            self._get_operations_tiles(), key=lambda tile: RANKS[tile["severity"]]
        )
        return {
            "tiles": tiles,
            "pressing": [tile for tile in tiles if tile["severity"] == "danger"],
            "owners": self._read_owners(),
            "alerts": self._read_alerts(),
            "refreshed_at": fields.Datetime.now(),
        }

    @api.model
    def get_it_data(self):
        """Return throughput, latency, failures, backlog and breakers of a day."""
        self._check_reader()
        since = fields.Datetime.now().replace(minute=0, second=0) - timedelta(
            hours=HOURS - 1
        )
        return {
            "hours": self._read_hours(since),
            "totals": self._read_totals(since),
            "actions": self._prepare_total_actions(since),
            "systems": self._read_systems(since),
            "lanes": self._read_lanes(since),
            "breakers": self._read_breakers(),
            "unstored": self._count_unstored(since),
            "alerts": self._read_alerts(),
            "refreshed_at": fields.Datetime.now(),
        }

    @api.model
    def _check_reader(self):
        if not any(self.env.user.has_group(group) for group in GROUPS):
            raise AccessError(
                self.env._("The dashboards are for people of the integration.")
            )

    @api.model
    def _sum(self, domain, groupby):
        """Return rows of ``(group…, {figure: sum})`` of the figures by hour."""
        aggregates = [f"{name}:sum" for name in FIGURES]
        count = len(groupby)
        return [
            (*row[:count], dict(zip(FIGURES, row[count:], strict=True)))
            for row in self.env["integration.flow.hour"]._read_group(
                domain, groupby, aggregates
            )
        ]

    @api.model
    def _read_hours(self, since):
        # Else the hours would be those of the reader's clock, and none of ours.
        utc = self.with_context(tz="UTC")
        found = {
            hour: figures
            for hour, figures in utc._sum([("hour", ">=", since)], ["hour:hour"])
        }
        hours = [since + timedelta(hours=number) for number in range(HOURS)]
        return [
            {
                "hour": hour,
                "accepted": figures.get("accepted_count", 0),
                "failed": figures.get("refused_count", 0)
                + figures.get("dead_count", 0),
            }
            for hour in hours
            for figures in [found.get(hour, {})]
        ]

    @api.model
    def _read_totals(self, since):
        ((figures,),) = self._sum([("hour", ">=", since)], [])
        return self._rate(figures)

    @api.model
    def _rate(self, figures):
        """Return figures with what follows from them."""
        figures = {name: value or 0 for name, value in figures.items()}
        done = figures["done_count"]
        received = figures["accepted_count"] + figures["refused_count"]
        failed = figures["refused_count"] + figures["dead_count"]
        return {
            **figures,
            "latency_seconds": round(figures["milliseconds_total"] / 1000 / done, 2)
            if done
            else None,
            "late_percent": round(100 * figures["late_count"] / done, 1) if done else 0,
            "failed_percent": round(100 * failed / received, 1) if received else 0,
        }

    @api.model
    def _read_systems(self, since):
        figures = dict(self._sum([("hour", ">=", since)], ["system_id"]))
        duplicates = dict(
            self.env["integration.rejection"]._read_group(
                [("recorded_at", ">=", since), ("kind", "=", "duplicate")],
                ["system_id"],
                ["count:sum"],
            )
        )
        nothing = dict.fromkeys(FIGURES, 0)
        return [
            {
                "id": system.id,
                "name": system.display_name or self.env._("Published"),
                "duplicate_count": duplicates.get(system, 0),
                **self._rate(figures.get(system, nothing)),
            }
            # A system may send nothing but what it sent before.
            for system in figures | duplicates
        ]

    @api.model
    def _read_lanes(self, since):
        """Return depth and age of the backlog, and latency against target, by lane."""
        lanes = self.env["integration.lane"].search([])
        now = fields.Datetime.now()
        # Counted for the user's companies only; lanes themselves are common.
        rows = queries.count_backlog(self.env.cr, self.env.companies.ids)
        latencies = self._read_latencies(since)
        return [
            {
                "id": lane.id,
                "name": lane.name,
                "tier": lane.tier,
                "workers": lane.worker_count,
                **latencies.get(lane.id, self._prepare_latency([])),
                **{
                    state: sum(row[2] for row in rows if row[:2] == (lane.id, state))
                    for state in ("pending", "retry", "running", "parked", "dead")
                },
                "age_seconds": max(
                    (
                        max(0, (now - row[3]).total_seconds())
                        for row in rows
                        if row[0] == lane.id and row[1] in ("pending", "retry")
                    ),
                    default=0,
                ),
            }
            for lane in lanes
        ]

    @api.model
    def _read_latencies(self, since):
        """Return ``{lane id: latency}``, each flow counted in the lane it follows now."""
        by_lane = defaultdict(list)
        flows = self._sum(
            [("hour", ">=", since), ("done_count", ">", 0)],
            ["system_id", "contract_code", "direction"],
        )
        contracts = self.env["integration.contract"].search(
            [("code", "in", [code for _system, code, *_rest in flows])]
        )
        contracts = contracts.grouped(lambda one: (one.code, one.direction))
        for system, code, direction, figures in flows:
            contract = contracts.get((code, direction))
            if not contract:
                continue  # nothing says any more which lane it would follow
            flow = self.env["integration.policy"]._get_flow(system.id, contract[:1].id)
            by_lane[flow.lane_id].append((flow.latency_target_seconds, figures))
        return {lane: self._prepare_latency(flows) for lane, flows in by_lane.items()}

    @api.model
    def _prepare_latency(self, flows):
        """Return the mean latency of a lane's flows, and how many missed the target.

        :param flows: list of ``(target in seconds, figures)``
        """
        done = sum(figures["done_count"] for _target, figures in flows)
        late = sum(figures["late_count"] for _target, figures in flows)
        total = sum(figures["milliseconds_total"] for _target, figures in flows)
        return {
            "target_seconds": min((target for target, _f in flows), default=None),
            "latency_seconds": round(total / 1000 / done, 2) if done else None,
            "late_percent": round(100 * late / done, 1) if done else None,
        }

    @api.model
    def _read_breakers(self):
        now = fields.Datetime.now()
        endpoints = self.env["integration.endpoint"].search([])
        health = {
            row.endpoint_id: row
            for row in self.env["integration.endpoint.health"].search([])
        }
        return [
            {
                "id": endpoint.id,
                "name": endpoint.display_name,
                "system": endpoint.system_id.name,
                "open": bool(
                    endpoint in health
                    and health[endpoint].open_until
                    and health[endpoint].open_until > now
                ),
                "state": endpoint.state,
            }
            for endpoint in endpoints
        ]

    @api.model
    def _count_unstored(self, since):
        """Return ``{kind: how many}`` of what the log does not hold one by one."""
        rows = self.env["integration.rejection"]._read_group(
            [("recorded_at", ">=", since)], ["kind"], ["count:sum"]
        )
        return {"unauthenticated": 0, "duplicate": 0} | dict(rows)

    @api.model
    def _read_owners(self):
        """Return who has how many open exceptions."""
        rows = self.env["integration.exception"]._read_group(
            [("state", "=", "open")], ["user_id"], ["__count"], order="__count DESC"
        )
        return [
            {"id": user.id, "name": user.name or self.env._("Nobody"), "count": count}
            for user, count in rows
        ]

    @api.model
    def _read_alerts(self):
        return self.env["integration.alert"].search_read(
            [("state", "=", "open")], ["name", "opened_at", "criticality"], limit=20
        )
