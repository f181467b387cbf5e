from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

TIMEOUT_MAX_SECONDS = 30


class IntegrationEndpoint(models.Model):
    """An address of a system that our messages are delivered to."""

    _name = "integration.endpoint"
    _inherit = ["mail.thread", "integration.cached.rules.mixin"]
    _description = "Endpoint"
    _order = "system_id, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    system_id = fields.Many2one(
        "integration.system", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    url = fields.Char(string="Address", tracking=True)
    timeout_seconds = fields.Integer(default=15, required=True)
    rate_limit_per_minute = fields.Integer(
        string="Limit a minute",
        default=0,
        required=True,
        help="We send no more than this; 0: as fast as the endpoint answers.",
    )
    breaker_open_until = fields.Datetime(
        compute="_compute_breaker_open_until",
        string="Left alone until",
        help="It failed too often: nothing is sent before, then one request probes it.",
    )
    state = fields.Selection(
        [("enabled", "Enabled"), ("disabled", "Disabled")],
        required=True,
        default="enabled",
        tracking=True,
        help="Disabled by hand, or by the receiver answering 410 Gone.",
    )

    @api.constrains("url", "timeout_seconds")
    def _check_url(self):
        for endpoint in self:
            if not 1 <= endpoint.timeout_seconds <= TIMEOUT_MAX_SECONDS:
                raise ValidationError(
                    self.env._(
                        "A timeout is between 1 and %s seconds.", TIMEOUT_MAX_SECONDS
                    )
                )
            if not endpoint.url:
                continue
            parts = urlsplit(endpoint.url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValidationError(
                    self.env._(
                        "An address starts with https:// (or http:// inside a plant)."
                    )
                )
            if parts.username or parts.password:
                raise ValidationError(
                    self.env._(
                        "Keep user names and passwords out of the address; use a credential."
                    )
                )

    def _compute_breaker_open_until(self):
        # The breaker's row is the engine's; what is shown of it is a moment.
        health = (
            self.env["integration.endpoint.health"]
            .sudo()
            .search([("endpoint_id", "in", self.ids), ("open_until", "!=", False)])
        )
        moments = {row.endpoint_id.id: row.open_until for row in health}
        for endpoint in self:
            endpoint.breaker_open_until = moments.get(endpoint.id, False)

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

    def _disable_gone(self):
        """Take 410 Gone for what it says, and tell whoever keeps the system."""
        if self.state == "disabled":
            return
        self.state = "disabled"
        note = self.env._(
            "The receiver of '%s' answered 410 Gone: the endpoint is disabled. Ask the "
            "partner for a new address, or remove the subscription.",
            self.name,
        )
        self.message_post(body=note)
        self.system_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("An endpoint is gone"),
            note=note,
            user_id=self._get_owner().id,
        )

    def _get_owner(self):
        """Return who keeps the system: the person who set it up."""
        people = self.system_id.create_uid | self.create_uid
        return people.filtered("active")[:1] or self.env.ref("base.user_admin")

    def action_enable(self):
        self.write({"state": "enabled"})
        self.env["integration.delivery"].search(
            [
                ("endpoint_id", "in", self.ids),
                ("state", "=", "parked"),
            ]
        )._release()

    def action_disable(self):
        self.write({"state": "disabled"})
