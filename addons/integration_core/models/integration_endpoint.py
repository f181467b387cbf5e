from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.errors import BusinessError

TIMEOUT_MAX_SECONDS = 30
GONE = "integration_core.endpoint_gone"


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
    state = fields.Selection(
        [("enabled", "Enabled"), ("disabled", "Disabled")],
        required=True,
        default="enabled",
        tracking=True,
        help="Disabled by hand, or by the receiver answering 410 Gone: what is to be sent "
        "waits.",
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
            parts = endpoint._split_url()
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

    def _split_url(self):
        """Return the parts of the address.

        :raises ValidationError: when it has none: half a bracket, a port beyond all.
        """
        try:
            parts = urlsplit(self.url)
            if parts.port == 0:
                raise ValueError("Port 0 is none")
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "'%(url)s' is no address: %(why)s.", url=self.url, why=error
                )
            ) from error
        return parts

    def _prepare_gone_error(self):
        """Return the error that keeps what a receiver that is gone was to get."""
        return BusinessError(
            self.env._(
                "The receiver of '%s' answered 410 Gone: the endpoint is disabled. Ask the "
                "partner for a new address and enable it again, or leave out what waits.",
                self.name,
            ),
            kind=GONE,
            fingerprint=f"endpoint:{self.id}",
        )

    def _disable_gone(self):
        """Take 410 Gone for what it says, and tell whoever keeps the system."""
        if self.state == "disabled":
            return
        self.state = "disabled"
        error = self._prepare_gone_error()
        self.message_post(body=error.text)
        self.system_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("An endpoint is gone"),
            note=error.text,
            user_id=self._get_owner().id,
        )
        self._park_waiting(error)

    def _park_waiting(self, error):
        """Gather what waits for this endpoint under one exception, its owner's."""
        waiting = self._find_waiting(("pending", "retry")).try_lock_for_update()
        waiting.invalidate_recordset(["state"])
        waiting = waiting.filtered(lambda d: d.state in ("pending", "retry"))
        if not waiting:
            return
        exception = self.env["integration.exception"]._raise_for(waiting[:1], error)
        exception.user_id = exception.user_id or self._get_owner()
        waiting.write(
            {
                "state": "parked",
                "exception_id": exception.id,
                "last_error": error.text,
            }
        )

    def _find_waiting(self, states):
        # What waits is the engine's; it is moved by whoever may change the endpoint.
        return (
            self.env["integration.delivery"]
            .sudo()
            .search([("endpoint_id", "in", self.ids), ("state", "in", states)])
        )

    def _get_owner(self):
        """Return who keeps the system: the person who set it up."""
        people = self.system_id.create_uid | self.create_uid
        return people.filtered("active")[:1] or self.env.ref("base.user_admin")

    def action_enable(self):
        self.check_access("write")
        self.write({"state": "enabled"})
        self._release_waiting()

    def _release_waiting(self):
        """Send what waited for these endpoints to open; their breakers begin anew."""
        self._reset_breaker()
        parked = self._find_waiting(("parked",)).filtered(
            lambda d: d.exception_id.kind_id.code == GONE
        )
        parked.exception_id._close(self.env._("The endpoint was enabled again."))
        parked._release()
        self._find_waiting(("pending", "retry"))._wake()

    def action_disable(self):
        """Send nothing until it is enabled again; what is to be sent waits."""
        self.write({"state": "disabled"})
