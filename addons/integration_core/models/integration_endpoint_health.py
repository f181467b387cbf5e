from datetime import timedelta

from odoo import api, fields, models

from ..lib.breaker import Breaker, BreakerRules, record
from . import integration_endpoint_queries as queries
from .integration_message_queries import now

RULES = BreakerRules()
# Beyond what a request may take: its answer is recorded, too.
PROBE_SLACK_SECONDS = 15


class IntegrationEndpointHealth(models.Model):
    """The circuit breaker of an endpoint; written by the senders, a row per endpoint."""

    _name = "integration.endpoint.health"
    _description = "Endpoint Health"
    _log_access = False
    _rec_name = "endpoint_id"

    endpoint_id = fields.Many2one(
        "integration.endpoint", required=True, readonly=True, ondelete="cascade"
    )
    window_started_at = fields.Datetime(required=True, readonly=True)
    requests = fields.Integer(required=True, readonly=True)
    failures = fields.Integer(required=True, readonly=True)
    openings = fields.Integer(required=True, readonly=True)
    open_until = fields.Datetime(readonly=True)
    paused_until = fields.Datetime(
        readonly=True,
        help="The receiver asked to be left alone, or its limit is used up.",
    )
    probing_until = fields.Datetime(
        readonly=True, help="One sender probes it; no other one does before."
    )

    _endpoint_unique = models.UniqueIndex("(endpoint_id)")

    @api.model
    def _record(self, endpoint_id, successes, failures):
        """Count requests that came back, and open or close the breaker.

        Needs READ COMMITTED: several senders write the same row.

        :returns: ``(breaker before, breaker after)``
        """
        moment = now()
        row = queries.lock_health(self.env.cr, endpoint_id, moment)
        before = Breaker(*row)
        after = record(
            before,
            self.env["integration.endpoint"]._get_known_target(endpoint_id).breaker,
            successes=successes,
            failures=failures,
            now=moment,
        )
        if after != before:
            queries.write_health(self.env.cr, endpoint_id, after)
        return before, after

    @api.model
    def _pause(self, endpoint_id, seconds):
        """Leave an endpoint alone for a while; nothing is claimed for it."""
        queries.pause(self.env.cr, endpoint_id, now() + timedelta(seconds=seconds))

    @api.model
    def _take_probe(self, target):
        """Return whether this sender may probe: one of all, as long as a request takes."""
        moment = now()
        seconds = 2 * target.timeout_seconds + PROBE_SLACK_SECONDS
        return queries.take_probe(
            self.env.cr,
            target.endpoint_id,
            moment + timedelta(seconds=seconds),
            moment,
        )
