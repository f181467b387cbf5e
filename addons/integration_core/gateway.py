"""Who is calling, and may they call now? For every route that machines use.

| function | responsibility |
|---|---|
| `authenticate` | credential → system, then the throttle; raises a `Problem` |

An unknown system, a wrong token and a wrong signature get the same answer, and none of
them reaches the database once the system's card is cached. They are counted in
append-only buckets, not stored one by one.
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from .lib.problems import Problem
from .lib.signatures import SignatureError, verify
from .lib.vault import hash_token
from .rejections import count_rejection
from .shared_throttle import SharedThrottle, pair

BEARER = "bearer "


@dataclass(frozen=True)
class AccessCard:
    """What the gateway knows of a system; kept in every process's cache."""

    system_id: int
    code: str
    active: bool
    user_id: int
    company_id: int
    signing_keys: tuple = field(repr=False)
    token_hashes: tuple = field(repr=False)
    scopes: frozenset
    rate_limit_per_minute: int
    rate_burst: int
    credential_limits: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """An authenticated machine.

    :param webhook_id: the ``webhook-id`` of a signed request, else None.
    """

    card: AccessCard
    credential_id: int
    webhook_id: str | None = None

    @property
    def system_id(self):
        return self.card.system_id

    def require_scope(self, direction, code):
        """Refuse a contract that the system was not granted.

        :raises Problem: 403.
        """
        if (direction, code) not in self.card.scopes:
            raise Problem(
                403,
                "contract-not-in-scope",
                "The contract is not in your scope",
                f"This system may not use '{code}'. Ask for the scope to be added.",
            )

    def get_environment(self, env):
        """Return an environment of the system's service user, in its company."""
        return env(
            user=self.card.user_id,
            su=False,
            context={
                "allowed_company_ids": [self.card.company_id],
            },
        )


def authenticate(env, headers, body, system_code=None):
    """Return the ``Caller`` of a request, throttled.

    :param headers: case-insensitive mapping; ``body``: the raw bytes.
    :param system_code: from the address; without it the bearer token decides.
    :raises Problem: 401, 403 or 429.
    """
    Systems = env["integration.system"]
    token = _read_bearer(headers)
    if system_code is None and token:
        system_code = Systems._find_code_by_token_hash(hash_token(token))
    card = Systems._get_access_card(system_code) if system_code else None
    caller = (
        _check_token(card, token) if token else _check_signature(card, headers, body)
    )
    if not caller:
        count_rejection(env, card.system_id if card else None)
        raise Problem(
            401,
            "not-authenticated",
            "Not authenticated",
            "Send 'Authorization: Bearer <token>', or sign the raw body as Standard "
            "Webhooks do: webhook-id, webhook-timestamp within five minutes of now, "
            "webhook-signature.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if not caller.card.active:
        raise Problem(
            403,
            "system-not-active",
            "The system is not active",
            "This system is a draft or suspended. Ask for it to be activated.",
        )
    throttle(env, caller)
    return caller


def throttle(env, caller, cost=1, paid=0):
    """Take ``cost`` messages from the allowances of the credential and of its system.

    They hold across all processes. What its credential may not, costs a system nothing.

    :param paid: messages that were taken for the same request already.
    :raises Problem: 429 with ``Retry-After``.
    """
    card = caller.card
    burst = card.rate_burst
    limit = card.credential_limits.get(caller.credential_id)
    if limit:
        own = min(burst, limit)
        _take(env, "credential", caller.credential_id, limit, own, cost, paid)
    system_limit = card.rate_limit_per_minute
    _take(env, "system", card.system_id, system_limit, burst, cost, paid)


def throttle_flow(env, flow, system_id, cost=1):
    """Take ``cost`` messages from the allowance that a policy gives a system's flow.

    :param flow: ``lib.flow.Flow``; each system that a policy covers has its own.
    :raises Problem: 429 with ``Retry-After``.
    """
    limit = flow.rate_limit_per_minute
    if limit:
        _take(env, "flow", pair(flow.policy_id, system_id), limit, limit, cost)


def _take(env, kind, number, per_minute, burst, cost, paid=0):
    wait = SharedThrottle.of(env.cr.dbname).take(
        kind, number, per_minute=per_minute, burst=burst, cost=cost, paid=paid
    )
    if wait > 0:
        seconds = int(wait) + 1
        raise Problem(
            429,
            "too-many-requests",
            "Too many requests",
            f"More than {per_minute} messages a minute. Try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )


def _read_bearer(headers):
    value = headers.get("Authorization", "")
    return (
        value[len(BEARER) :].strip() if value[: len(BEARER)].lower() == BEARER else None
    )


def _in_force(validity, now):
    return validity is None or validity > now


def _check_token(card, token):
    """Compare with every token in force, in constant time."""
    given = hash_token(token)
    now = time.time()
    found = None
    for credential_id, stored, validity in card.token_hashes if card else ():
        if hmac.compare_digest(stored or "", given) and _in_force(validity, now):
            found = credential_id
    return Caller(card, found) if found else None


def _check_signature(card, headers, body):
    """Verify the raw body against every key in force."""
    now = time.time()
    caller = None
    for credential_id, key, validity in card.signing_keys if card else ():
        if not key or not _in_force(validity, now):
            continue
        try:
            signed = verify((key,), headers, body, now_seconds=now)
        except SignatureError:
            continue
        caller = Caller(card, credential_id, signed.message_id)
    return caller
