from urllib.parse import urlsplit

import requests

from odoo import fields, models
from odoo.exceptions import UserError

from ..guarded_session import AddressRefusedError, create_session
from ..lib.outcome import HTTP_OK

RATE_MAX = 1_000_000


class IntegrationEndpoint(models.Model):
    """Whether whoever is behind an address agreed to receive our messages.

    HTTP 1.1 Web Hooks for Event Delivery 1.0.2, section 4 (abuse protection): we ask
    with OPTIONS, and the receiver names us, or ``*``, as an origin that it allows.
    """

    _inherit = "integration.endpoint"

    must_be_verified = fields.Boolean(
        string="Only once verified",
        help="Nothing is sent before the receiver has agreed, see Verify.",
    )
    verified_at = fields.Datetime(readonly=True, copy=False, tracking=True)

    def write(self, vals):
        if "url" in vals:
            # Another address may be somebody else's.
            changed = self.filtered(lambda e: (e.url or "") != (vals["url"] or ""))
            super(IntegrationEndpoint, changed).write({"verified_at": False})
        return super().write(vals)

    def action_verify(self):
        """Ask the receiver whether it wants our messages, and how many.

        :raises UserError: when it cannot be asked, or does not agree.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.url or not self._may_speak():
            raise UserError(self.env._("There is no address that could be asked."))
        answer = self._ask_for_consent()
        origin = self._get_origin()
        allowed = answer.headers.get("WebHook-Allowed-Origin", "").strip()
        # A redirect is no consent: whoever stands behind it was not asked.
        agreed = answer.status_code in HTTP_OK and allowed.lower() in ("*", origin)
        if not agreed:
            raise UserError(
                self.env._(
                    "%(url)s answered %(status)s and does not allow '%(origin)s'. The "
                    "receiver answers OPTIONS with 'WebHook-Allowed-Origin: %(origin)s'.",
                    url=self.url,
                    status=answer.status_code,
                    origin=origin,
                )
            )
        self.write(self._prepare_consent(answer))
        self._release_waiting()

    def _ask_for_consent(self):
        networks = self.env["integration.allowed.network"]._get_networks(
            self.system_id.environment
        )
        with create_session(networks, connections=1) as session:
            try:
                return session.options(
                    self.url,
                    headers={"WebHook-Request-Origin": self._get_origin()},
                    timeout=self.timeout_seconds,
                    allow_redirects=False,
                    stream=True,  # what it says stands in its headers
                )
            except AddressRefusedError as error:
                reason = (
                    self.env._(
                        "%s is outside: use https, or add it to the allowed networks.",
                        error.host,
                    )
                    if error.plain
                    else self.env._(
                        "%s is inside the network: add it to the allowed networks first.",
                        error.host,
                    )
                )
                raise UserError(reason) from error
            except requests.RequestException as error:
                raise UserError(
                    self.env._(
                        "%(url)s cannot be reached: %(why)s",
                        url=self.url,
                        why=type(error).__name__,
                    )
                ) from error

    def _prepare_consent(self, answer):
        vals = {"verified_at": fields.Datetime.now()}
        rate = answer.headers.get("WebHook-Allowed-Rate", "").strip()
        if rate.isascii() and rate.isdigit() and 0 < int(rate) <= RATE_MAX:
            vals["rate_limit_per_minute"] = int(rate)
        return vals

    def _get_origin(self):
        """Return what receivers know us by: the name of this Odoo's host."""
        return urlsplit(self.get_base_url()).hostname or "localhost"

    def _may_speak(self):
        """Return whether this database speaks to partners: a copy must never."""
        # Who keeps an endpoint need not read settings; this one is a yes or no.
        return (
            not self.env["ir.config_parameter"]
            .sudo()
            .get_param("database.is_neutralized")
        )

    def _is_open(self):
        """Return whether its address may be used, in a database that speaks."""
        self.ensure_one()
        return bool(
            self.url
            and self.active
            and self.state == "enabled"
            and self.system_id.state == "active"
            and (self.verified_at or not self.must_be_verified)
        )
