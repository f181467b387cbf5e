import time
from dataclasses import dataclass, field

from odoo import api, models
from odoo.tools import ormcache

from ..lib.breaker import BreakerRules


@dataclass(frozen=True)
class Secret:
    """One of a system's credentials to send with; ``valid_until``: unix seconds."""

    kind: str
    value: bytes = field(repr=False)
    valid_until: float | None


@dataclass(frozen=True)
class Target:
    """What a sender knows of an endpoint; kept in every process's cache.

    :param is_open: whether messages are sent to it.
    :param has_secrets: whether the system was ever given one to send with.
    :param networks: inside ones that it may be in.
    """

    endpoint_id: int
    name: str
    url: str
    is_open: bool
    timeout_seconds: int
    rate_limit_per_minute: int
    secrets: tuple[Secret, ...]
    has_secrets: bool
    networks: tuple
    breaker: BreakerRules = BreakerRules()

    def get_signing_keys(self):
        """Return the keys in force: the current one and, in an overlap, the last."""
        return tuple(secret.value for secret in self._in_force("hmac"))

    def get_bearer_token(self):
        """Return the token to send, or None."""
        found = next(iter(self._in_force("bearer")), None)
        return found and found.value.decode()

    def is_without_proof(self):
        """Tell whether its secrets are expired, revoked or not to be opened, all of them."""
        proven = self.get_signing_keys() or self.get_bearer_token()
        return self.has_secrets and not proven

    def _in_force(self, kind):
        now = time.time()
        return [
            secret
            for secret in self.secrets
            if secret.kind == kind
            and (secret.valid_until is None or secret.valid_until > now)
        ]


class IntegrationEndpoint(models.Model):
    _inherit = "integration.endpoint"

    @api.model
    def _get_target(self, endpoint_id):
        """Return the ``Target`` of an endpoint, None while it must not be sent to."""
        target = self._get_known_target(endpoint_id)
        return target if target.is_open and self._may_speak() else None

    @api.model
    @ormcache("endpoint_id")
    def _get_known_target(self, endpoint_id):
        # Asked by the sender, who works for every company.
        return self.sudo().browse(endpoint_id)._prepare_target()

    def _prepare_target(self):
        self.ensure_one()
        Networks = self.env["integration.allowed.network"]
        return Target(
            endpoint_id=self.id,
            name=self.name,
            url=self.url or "",
            is_open=self._is_open(),
            timeout_seconds=self.timeout_seconds,
            rate_limit_per_minute=self.rate_limit_per_minute,
            secrets=tuple(self._prepare_secrets()),
            has_secrets="out" in self.system_id.credential_ids.mapped("usage"),
            networks=Networks._get_networks(self.system_id.environment),
            breaker=self._prepare_breaker_rules(),
        )

    def _prepare_secrets(self):
        for credential in self.system_id.credential_ids:
            if credential.usage != "out" or credential.state == "revoked":
                continue
            value = credential._decrypt_secret()
            if value:
                yield Secret(credential.kind, value, credential._get_validity())
