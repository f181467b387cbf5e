import hmac
import os
from datetime import UTC

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from odoo import SUPERUSER_ID, fields, http
from odoo.http import Response, request
from odoo.tools import config

from odoo.addons.integration_core.controllers.messages import MACHINE_ROUTE
from odoo.addons.integration_core.controllers.requests import require_method
from odoo.addons.integration_core.controllers.responses import answers_problems
from odoo.addons.integration_core.controllers.unavailable import ROOT
from odoo.addons.integration_core.lib.problems import Problem

from ..models import integration_flow_queries as queries

SETTING = "integration_metrics_token"
FLOW = ("company", "system", "type", "direction")
COUNTERS = {
    "accepted_count": ("messages_accepted", "Messages accepted."),
    "refused_count": ("messages_refused", "Messages refused."),
    "done_count": ("deliveries_done", "Deliveries done."),
    "late_count": ("deliveries_late", "Deliveries done later than their target."),
    "retry_count": ("attempts_failed", "Attempts that failed and are tried again."),
    "parked_count": ("deliveries_parked", "Deliveries that came to wait for a person."),
    "dead_count": ("deliveries_dead", "Deliveries given up."),
}


class MetricsController(http.Controller):
    @http.route(f"{ROOT}/metrics", **MACHINE_ROUTE | {"readonly": True})
    @answers_problems
    def metrics(self, **_parameters):
        """Answer Prometheus; with the token of odoo.conf only."""
        require_method("GET", "HEAD")
        _check_token(request.httprequest.headers.get("Authorization", ""))
        # Figures without names of people or business objects, for the operator's own
        # monitoring, which the token stands for.
        env = request.env(user=SUPERUSER_ID)
        registry = CollectorRegistry()
        registry.register(_Collector(env))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _check_token(header):
    token = os.environ.get(SETTING.upper()) or config.get(SETTING) or ""
    given = header.partition(" ")[2].strip()
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        raise Problem(
            401,
            "not-authenticated",
            "Not authenticated",
            f"Send 'Authorization: Bearer <{SETTING} of odoo.conf>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class _Collector:
    def __init__(self, env):
        self.env = env

    def collect(self):
        yield from self._collect_flows()
        yield from self._collect_lanes()
        yield from self._collect_breakers()
        yield from self._collect_credentials()

    def _collect_flows(self):
        totals = self.env["integration.flow.total"].search([])
        labels = {
            row: (row.company_id.name, row.system_id.code or "", row.contract_code,
                  row.direction)
            for row in totals
        }
        for name, (metric, text) in COUNTERS.items():
            family = CounterMetricFamily(f"integration_{metric}", text, labels=FLOW)
            for row in totals:
                family.add_metric(labels[row], row[name])
            yield family
        seconds = CounterMetricFamily(
            "integration_delivery_seconds", "From received to done, summed.", labels=FLOW
        )
        for row in totals:
            seconds.add_metric(labels[row], row.milliseconds_total / 1000)
        yield seconds

    def _collect_lanes(self):
        depth = GaugeMetricFamily(
            "integration_backlog", "Deliveries that are open.", labels=("lane", "state")
        )
        age = GaugeMetricFamily(
            "integration_backlog_age_seconds", "Age of the oldest.", labels=("lane", "state")
        )
        now = fields.Datetime.now()
        companies = self.env["res.company"].search([])
        names = {lane.id: lane.name for lane in self.env["integration.lane"].search([])}
        for lane, state, count, oldest in queries.count_backlog(
            self.env.cr, companies.ids
        ):
            labels = (names.get(lane, str(lane)), state)
            depth.add_metric(labels, count)
            age.add_metric(labels, max(0, (now - oldest).total_seconds()))
        yield from (depth, age)

    def _collect_breakers(self):
        family = GaugeMetricFamily(
            "integration_breaker_open", "1: nothing is sent.", labels=("system", "endpoint")
        )
        now = fields.Datetime.now()
        found = {}
        for health in self.env["integration.endpoint.health"].search([]):
            endpoint = health.endpoint_id
            labels = (endpoint.system_id.code, endpoint.name)
            is_open = bool(health.open_until and health.open_until > now)
            # Endpoints may have one name; Prometheus takes one sample of it.
            found[labels] = max(found.get(labels, 0), int(is_open))
        for labels, value in found.items():
            family.add_metric(labels, value)
        yield family

    def _collect_credentials(self):
        family = GaugeMetricFamily(
            "integration_credential_ends_timestamp_seconds",
            "When a secret without a successor ends, as a unix time.",
            labels=("system", "usage", "kind", "hint"),
        )
        for credential in self.env["integration.credential"]._find_ending():
            family.add_metric(
                (
                    credential.system_id.code,
                    credential.usage,
                    credential.kind,
                    credential.hint or "",
                ),
                credential.valid_until.replace(tzinfo=UTC).timestamp(),
            )
        yield family
