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

    def _get_signing_keys(self):
        """Return the keys to sign with: the current one and, in an overlap, the last."""
        self.ensure_one()
        credentials = self.system_id.credential_ids.filtered(
            lambda c: (c.kind, c.usage, c.state) == ("hmac", "out", "valid")
        )
        return [key for key in (c._decrypt_secret() for c in credentials) if key]

    def _get_bearer_token(self):
        """Return the token to send, or None."""
        self.ensure_one()
        credential = self.system_id.credential_ids.filtered(
            lambda c: (c.kind, c.usage, c.state) == ("bearer", "out", "valid")
        )[:1]
        token = credential._decrypt_secret() if credential else None
        return token.decode() if token else None
