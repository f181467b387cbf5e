"""What an answer of Odoo means for each message of a batch. No I/O."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# Of the whole request or of one message: try the same again later.
TRANSIENT = {408, 409, 423, 425, 429, 500, 502, 503, 504}
# The request as a whole was not understood: one of its messages is to blame.
SPLITTABLE = {400, 413, 422}
# Nobody's message is to blame: the connection has to be set right.
MISCONFIGURED = {401, 403, 404, 405, 411, 415}


@dataclass(frozen=True)
class Answer:
    """One answer over HTTP.

    :param status: 0 when there was none.
    :param is_certain: nothing of the batch can have been accepted unless it says so.
    :param retry_after_seconds: the wait that was asked for.
    """

    status: int
    body: Any = None
    retry_after_seconds: float | None = None
    is_certain: bool = True
    reason: str = ""


@dataclass
class Verdict:
    """What to do with the messages of a batch, by their index.

    :param accepted: each with Odoo's id; ``refused``: each with the problem, JSON;
        ``postponed``: each with the status.
    :param kind: ``answered``: each on its own; ``split``: try with fewer;
        ``crashed``: the server failed; ``wait``, ``throttled``: later; ``misconfigured``: alarm.
    """

    kind: Literal[
        "answered", "split", "crashed", "wait", "throttled", "misconfigured"
    ]
    accepted: list[tuple[int, str]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    postponed: list[tuple[int, int]] = field(default_factory=list)
    wait_seconds: float | None = None
    reason: str = ""


def judge(answer: Answer, ids: Sequence[str]) -> Verdict:
    """Decide on the answer to a batch.

    :param ids: of the events that were sent, in order.
    """
    if answer.status == 207:
        return _judge_each(answer, ids)
    reason = answer.reason or _describe(answer)
    wait = answer.retry_after_seconds
    if answer.status in SPLITTABLE:
        return Verdict("split", reason=reason)
    if answer.status in MISCONFIGURED or 300 <= answer.status < 400:
        return Verdict("misconfigured", reason=reason, wait_seconds=wait)
    if answer.status == 500:
        return Verdict("crashed", reason=reason, wait_seconds=wait)
    kind = "throttled" if answer.status == 429 else "wait"
    return Verdict(kind, reason=reason, wait_seconds=wait)


def _judge_each(answer: Answer, ids: Sequence[str]) -> Verdict:
    results = answer.body.get("results") if isinstance(answer.body, dict) else None
    if not isinstance(results, list) or len(results) != len(ids):
        return Verdict("wait", reason="The answer does not fit the batch.")
    verdict = Verdict("answered")
    for index, (result, event_id) in enumerate(zip(results, ids, strict=True)):
        _judge_one(verdict, index, result, event_id)
    return verdict


def _judge_one(verdict: Verdict, index: int, result: Any, event_id: str) -> None:
    status = result.get("status") if isinstance(result, dict) else None
    if not isinstance(status, int) or result.get("id", event_id) != event_id:
        verdict.postponed.append((index, 0))
        verdict.reason = "A result does not fit its event."
    elif status == 202 and isinstance(result.get("message"), str):
        verdict.accepted.append((index, result["message"]))
    elif 400 <= status < 500 and status not in TRANSIENT:
        verdict.refused.append((index, json.dumps(result, ensure_ascii=False)))
    else:
        verdict.postponed.append((index, status))
        verdict.reason = str(result.get("detail") or f"status {status}")


def _describe(answer: Answer) -> str:
    detail = answer.body.get("detail") if isinstance(answer.body, dict) else None
    return f"{answer.status}: {detail}" if detail else str(answer.status)
