from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.breaker import BreakerRules
from .integration_endpoint_health import RULES
from .integration_message_queries import now


class IntegrationEndpoint(models.Model):
    """When an endpoint is left alone, and how that shows; see ``lib/breaker.py``."""

    _inherit = "integration.endpoint"

    breaker_window_seconds = fields.Integer(
        string="Breaker: window (s)", default=RULES.window_seconds, required=True
    )
    breaker_minimum_requests = fields.Integer(
        string="Breaker: requests at least",
        default=RULES.minimum_requests,
        required=True,
        help="Fewer within a window say nothing.",
    )
    breaker_failure_share = fields.Float(
        string="Breaker: failures",
        default=RULES.failure_share,
        required=True,
        help="Share of the requests of a window from which on nothing more is sent.",
    )
    breaker_open_seconds = fields.Integer(
        string="Breaker: pause (s)",
        default=RULES.open_seconds,
        required=True,
        help="Before one request probes; doubled with each probe that fails.",
    )
    breaker_state = fields.Selection(
        [("closed", "Closed"), ("open", "Open"), ("half_open", "Half-open")],
        compute="_compute_breaker",
        string="Breaker",
        help="Open: it failed too often, and nothing is sent. Half-open: the next request "
        "probes it.",
    )
    breaker_open_until = fields.Datetime(
        compute="_compute_breaker",
        string="Left alone until",
        help="It failed too often, or asked for a pause: nothing is sent before.",
    )

    @api.constrains(
        "breaker_window_seconds",
        "breaker_minimum_requests",
        "breaker_failure_share",
        "breaker_open_seconds",
    )
    def _check_breaker(self):
        for endpoint in self:
            counts = (
                endpoint.breaker_window_seconds,
                endpoint.breaker_minimum_requests,
                endpoint.breaker_open_seconds,
            )
            if min(counts) < 1 or not 0 < endpoint.breaker_failure_share <= 1:
                raise ValidationError(
                    self.env._(
                        "A breaker needs a window, a number of requests and a pause of at "
                        "least one, and a share of failures of more than 0 % and at most "
                        "100 %."
                    )
                )

    def _compute_breaker(self):
        # The breaker's row is the engine's; what is shown of it is a state and a moment.
        health = (
            self.env["integration.endpoint.health"]
            .sudo()
            .search([("endpoint_id", "in", self.ids)])
        )
        rows = {row.endpoint_id.id: row for row in health}
        moment = now()
        for endpoint in self:
            row = rows.get(endpoint.id, health.browse())
            until = row.open_until
            endpoint.breaker_state = (
                "closed" if not until else "open" if until > moment else "half_open"
            )
            paused = row.paused_until or moment
            endpoint.breaker_open_until = until or (paused > moment and paused)

    def _prepare_breaker_rules(self):
        return BreakerRules(
            window_seconds=self.breaker_window_seconds,
            minimum_requests=self.breaker_minimum_requests,
            failure_share=self.breaker_failure_share,
            open_seconds=self.breaker_open_seconds,
        )

    def _reset_breaker(self):
        """Forget what is known of these endpoints' health."""
        # Written by senders only, except that whoever opens an endpoint begins anew.
        health = self.env["integration.endpoint.health"].sudo()
        health.search([("endpoint_id", "in", self.ids)]).unlink()

    def _tell_breaker(self, breaker):
        """Say in the endpoint's history that its breaker opened or closed.

        :param breaker: ``lib.breaker.Breaker``, as it is now.
        """
        self.message_post(
            body=self.env._(
                "%(failures)s of %(requests)s requests failed: nothing is sent until "
                "%(until)s (UTC), then one request probes.",
                failures=breaker.failures,
                requests=breaker.requests,
                until=breaker.open_until.replace(microsecond=0),
            )
            if breaker.is_open
            else self.env._("The endpoint answers again: sending goes on.")
        )
