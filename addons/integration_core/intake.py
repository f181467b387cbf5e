"""Admitting inbound messages: everything between authentication and 202.

| function | responsibility |
|---|---|
| `admit_event` | one CloudEvent from raw bytes to an `Answer` |
| `admit_batch` | many; each on its own, one INSERT for all of them |

Guarantee: an answer of 202 is given to the caller only after the transaction that holds
the message and its delivery is committed (Odoo commits before it sends the response).
Every refusal of an authenticated system is on record, with its reason.
"""

import os
import time
from dataclasses import dataclass, field

from .backlog import refuse_when_full
from .gateway import throttle, throttle_flow
from .lib.envelope import Envelope, get_content, read_binary, read_event
from .lib.flow import URGENT_TIER
from .lib.ordering import NO_SEQUENCE, comparable_epoch
from .lib.problems import Fault, Problem
from .lib.strict_json import JsonError, canonical, parse
from .lib.uuid7 import uuid7
from .models import integration_message_queries as queries
from .rejections import count_duplicates
from .right_of_way import RightOfWay
from .wake import start_after_commit

BATCH_MAX = 500
KEY_MAX = 255
EXCERPT_BYTES = 2048
ACCEPTED = 202
TOO_MANY = 429


@dataclass
class Answer:
    """What the caller is told about one event."""

    status: int
    body: dict
    event_id: str | None = None
    headers: dict = field(default_factory=dict)


@dataclass
class Candidate:
    """One event on its way in; ``problem`` is set once something is wrong."""

    uuid: str
    event: object = None
    envelope: Envelope | None = None
    key: str | None = None
    contract_id: int | None = None
    version: str | None = None
    sha256: str | None = None
    excerpt: str | None = None
    problem: Problem | None = None


def admit_event(
    env, caller, raw, *, idempotency_key=None, binary_headers=None, status_url
):
    """Admit one event.

    :param raw: the body's bytes, authenticated.
    :param idempotency_key: value of the header, if sent.
    :param binary_headers: the request's headers when the event is in binary mode.
    :param status_url: function from a message's uuid to its address.
    :returns: ``Answer``
    """
    try:
        event = parse(raw)
    except JsonError as error:
        candidate = _refused(
            raw, Problem(400, "malformed-json", "Not valid JSON", str(error))
        )
    else:
        if binary_headers is not None:
            event = read_binary(binary_headers, event)
        candidate = _examine(env, caller, event, idempotency_key)
    return _admit(env, caller, [candidate], status_url)[0]


def admit_batch(env, caller, raw, *, status_url):
    """Admit a JSON array of events, each on its own.

    :returns: list of ``Answer``, in the order of the events.
    :raises Problem: 400 or 413 when the batch as a whole cannot be read, 429.
    """
    try:
        events = parse(raw)
    except JsonError as error:
        raise Problem(400, "malformed-json", "Not valid JSON", str(error)) from error
    if not isinstance(events, list) or not events:
        raise Problem(
            400,
            "invalid-batch",
            "Not a batch",
            "Send a JSON array of at least one event.",
        )
    if len(events) > BATCH_MAX:
        raise Problem(
            413,
            "batch-too-long",
            "Too many events in one batch",
            f"Send at most {BATCH_MAX} events at a time.",
        )
    if len(events) > 1:
        # One was taken when the caller was let in.
        throttle(env, caller, cost=len(events) - 1, paid=1)
    candidates = [_examine(env, caller, event, None) for event in events]
    _hold_back_followers(candidates)
    return _admit(env, caller, candidates, status_url)


def record_refusal(env, caller, raw, problem):
    """Put a request on record that was refused before it could be read."""
    _insert(env, caller, [_refused(raw, problem)])


def _hold_back_followers(candidates):
    """Postpone what would overtake a message of its order key that is to come again."""
    postponed = {}
    for candidate in candidates:
        key = candidate.envelope and candidate.envelope.order_key
        if not key:
            continue
        if candidate.problem and candidate.problem.status == TOO_MANY:
            postponed[key] = candidate.problem
        elif not candidate.problem:
            candidate.problem = postponed.get(key)


def _new_uuid():
    return uuid7(time.time(), os.urandom(10))


def _refused(raw, problem):
    excerpt = raw[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Candidate(_new_uuid(), excerpt=excerpt, problem=problem)


def _examine(env, caller, event, idempotency_key):
    candidate = Candidate(_new_uuid(), event=event)
    try:
        candidate.envelope = _read_envelope(event)
        candidate.key = _get_key(candidate.envelope, idempotency_key)
        candidate.sha256 = queries.digest(canonical(get_content(event)))
        _find_contract(env, caller, candidate)
        _check_payload(env, candidate)
        flow = _get_flow(env, caller, candidate)
        _require_key(flow, candidate.envelope, idempotency_key)
        throttle_flow(env, flow, caller.system_id)
        refuse_when_full(env, flow.lane_id)
        if flow.tier == URGENT_TIER:
            RightOfWay.of_host().take()
    except Problem as problem:
        candidate.problem = problem
    return candidate


def _require_key(flow, envelope, header):
    if not flow.requires_idempotency_key or header or envelope.idempotency_key:
        return
    raise Problem(
        400,
        "idempotency-key-missing",
        "Idempotency-Key is missing",
        "The policy of this flow requires the header, or the attribute 'idempotencykey' "
        "of each event of a batch. Send a key that stays the same when the message is "
        "sent again.",
    )


def _read_envelope(event):
    envelope = read_event(event)
    if isinstance(envelope, Envelope):
        return envelope
    raise Problem(
        400,
        "invalid-event",
        "Not a valid CloudEvent",
        "The attributes listed under 'errors' are missing or malformed.",
        faults=envelope,
    )


def _get_key(envelope, header):
    header = envelope.idempotency_key if header is None else header
    if header is None:
        return f"{envelope.source}\n{envelope.event_id}"
    key = header.strip().strip('"')
    if not key or len(key) > KEY_MAX or not key.isprintable():
        raise Problem(
            400,
            "invalid-idempotency-key",
            "Idempotency-Key is empty, too long or not printable",
            f"Send between 1 and {KEY_MAX} printable characters, or leave the header out.",
        )
    return key


def _find_contract(env, caller, candidate):
    envelope = candidate.envelope
    Contracts = env["integration.contract"]
    if not Contracts._find_id(envelope.type, "in"):
        raise Problem(
            422,
            "unknown-contract",
            "There is no such contract",
            f"No active inbound contract has the code '{envelope.type}'.",
            faults=[Fault("/type", "Unknown type of message.")],
        )
    caller.require_scope("in", envelope.type)
    contract_id = Contracts._find_id(envelope.type, "in", envelope.version)
    if not contract_id:
        raise Problem(
            422,
            "unknown-contract-version",
            "There is no such version of the contract",
            f"'{envelope.type}' has no version {envelope.version} in force.",
            faults=[Fault("/dataschema", "Unknown version.")],
        )
    candidate.contract_id = contract_id
    candidate.version = Contracts._get_version(contract_id)


def _check_payload(env, candidate):
    contract = env["integration.contract"].browse(candidate.contract_id)
    faults = contract._find_payload_faults(candidate.envelope.data)
    if faults:
        raise Problem(
            422,
            "invalid-payload",
            "The payload breaks the contract",
            f"See 'errors' for each member of 'data' that {candidate.envelope.type} "
            f"{candidate.version} does not allow.",
            faults=faults,
        )


def _admit(env, caller, candidates, status_url):
    inserted = _insert(env, caller, candidates)
    late = [c for c in candidates if not c.problem and c.uuid not in inserted]
    first = (
        queries.find_first_answers(
            env.cr, caller.system_id, {candidate.key for candidate in late}
        )
        if late
        else {}
    )
    for candidate in late:
        _judge_duplicate(candidate, first.get(candidate.key))
    conflicts = [c for c in late if c.problem and c.problem.status != 409]
    if conflicts:
        _insert(env, caller, conflicts)
    replayed = {c.uuid: first[c.key][0] for c in late if not c.problem}
    if replayed:
        count_duplicates(env, caller.system_id, len(replayed))
    return [_answer(env, candidate, replayed, status_url) for candidate in candidates]


def _judge_duplicate(candidate, first):
    """A known key: same body, other body, or first one not finished yet."""
    if first is None:
        candidate.problem = Problem(
            409,
            "still-in-flight",
            "The same message is being accepted right now",
            "Another request with this key has not finished. Try again in a second.",
            headers={"Retry-After": "1"},
        )
    elif first[1] != candidate.sha256:
        candidate.problem = Problem(
            422,
            "idempotency-key-reused",
            "The key was used for another body",
            "A message with this key was accepted with other content. Send changed "
            "content under a new id.",
        )


def _answer(env, candidate, replayed, status_url):
    event_id = candidate.envelope.event_id if candidate.envelope else None
    if candidate.problem:
        problem = candidate.problem
        return Answer(
            problem.status, problem.as_dict(), event_id, dict(problem.headers)
        )
    uuid = replayed.get(candidate.uuid, candidate.uuid)
    body = {"message": uuid, "status_url": status_url(uuid)}
    headers = {"Location": body["status_url"]}
    if candidate.uuid in replayed:
        headers["Idempotency-Replayed"] = "true"
    headers |= env["integration.contract"]._get_deprecation_headers(
        candidate.contract_id
    )
    return Answer(ACCEPTED, body, event_id, headers)


def _insert(env, caller, candidates):
    """Insert messages and deliveries. Returns the uuids that are new."""
    rows = [
        _prepare_row(env, caller, candidate)
        for candidate in candidates
        # A flood must not fill the log with its own refusals.
        if not (candidate.problem and candidate.problem.status == TOO_MANY)
    ]
    if not rows:
        return set()
    inserted, asleep = queries.admit(env.cr, rows)
    start_after_commit(env.cr, asleep)
    return inserted


def _prepare_row(env, caller, candidate):
    """Return ``(message values, delivery values or None)``."""
    envelope = candidate.envelope
    message = {
        "uuid": candidate.uuid,
        "direction": "in",
        "admission": "refused" if candidate.problem else "accepted",
        "system_id": caller.system_id,
        "company_id": caller.card.company_id,
        "credential_ref": caller.credential_id,
        "contract_id": candidate.contract_id,
        "version": candidate.version,
        "idempotency_key": candidate.key,
        "received_at": queries.moment(time.time()),
        "sha256": candidate.sha256,
        "problem": _prepare_problem(candidate),
    }
    if not envelope:
        if isinstance(candidate.event, dict):
            message["payload"] = candidate.event
        return message, None
    message |= {
        "contract_code": envelope.type,
        "source": envelope.source,
        "event_id": envelope.event_id,
        "order_key": envelope.order_key,
        "sequence": envelope.sequence,
        "epoch": envelope.epoch,
        "correlation_id": envelope.correlation_id,
        "causation_id": envelope.causation_id,
        "occurred_at": envelope.occurred_at,
        "payload": envelope.data,
    }
    if candidate.problem:
        return message, None
    return message, _prepare_work(env, caller, candidate)


def _prepare_problem(candidate):
    if not candidate.problem:
        return None
    problem = candidate.problem.as_dict()
    if candidate.excerpt:
        problem["excerpt"] = candidate.excerpt
    return problem


def _prepare_work(env, caller, candidate):
    flow = _get_flow(env, caller, candidate)
    return prepare_work(flow, caller.system_id, candidate.envelope)


def _get_flow(env, caller, candidate):
    return env["integration.policy"]._get_flow(caller.system_id, candidate.contract_id)


def prepare_work(flow, system_id, envelope):
    """Return the values of an inbound delivery.

    :param flow: ``lib.flow.Flow``; ``envelope``: has order_key, epoch and sequence.
    """
    ordered = envelope.order_key and flow.order.order != "none"
    # What waits together is worked off as the sender counts, whatever the policy.
    counted = ordered and envelope.sequence is not None
    return {
        "lane_id": flow.lane_id,
        "order_scope": f"in:{system_id}:{envelope.order_key}" if ordered else None,
        "order_epoch": comparable_epoch(envelope.epoch) if counted else "",
        "order_sequence": envelope.sequence if counted else NO_SEQUENCE,
        "latency_target_seconds": flow.latency_target_seconds,
    }
