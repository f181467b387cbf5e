"""Back-pressure: a lane that is full takes nothing in until it has worked some off."""

import time

from .lib.problems import Problem
from .models import integration_message_queries as queries

# How long one look at a lane counts, per process; senders come back after it.
LOOK_SECONDS = 2
RETRY_SECONDS = 5

# (database, lane) → when it was looked at, whether it was full
_looks = {}


def refuse_when_full(env, lane_id):
    """Refuse a message for a lane in which too much waits already.

    :raises Problem: 429 with ``Retry-After``.
    """
    limit = env["integration.lane"]._get_backlog_limit(lane_id)
    if limit and _is_full(env.cr, lane_id, limit):
        raise Problem(
            429,
            "backlog-full",
            "Too much is waiting",
            f"{limit} messages wait to be processed. Try again in {RETRY_SECONDS} s.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )


def _is_full(cr, lane_id, limit):
    key = (cr.dbname, lane_id)
    now = time.monotonic()
    looked_at, full = _looks.get(key, (None, False))
    if looked_at is None or now - looked_at >= LOOK_SECONDS:
        full = queries.count_waiting(cr, lane_id, limit) >= limit
        _looks[key] = (now, full)
    return full
