"""All SQL of the queue: claiming, holding, giving back, recording.

Every statement names its index.
"""

import json

from odoo.tools import SQL

from ..lib.work import COLUMNS, Work
from .integration_message_queries import LOCK_AWAKE

# A delivery in one of these keeps the later ones of its order key waiting.
OPEN_STATES = ("pending", "retry", "running", "parked", "dead")
# First half of a pair, as ``LOCK_AWAKE``; the second is the worker's number.
LOCK_WORKER = 0x17A1
# So far a claim looks at what is due of a party, before it looks at all of it: in a long
# backlog of one order key all but the first wait for it.
LOOK_AHEAD = 200


def claim(
    cr,
    lane_id,
    worker,
    *,
    direction,
    limit,
    lease_seconds,
    max_per_endpoint=None,
    may_look_beyond=lambda: True,
):
    """Take work that is due, a fair share of every party: system or endpoint.

    Only the first open delivery of an order key is due: by sequence where its policy
    sorts, else the oldest. An endpoint that is closed, whose breaker is open or that asked
    for a pause is left alone, and so is a system whose work is paused; one that is not
    active is sent nothing. Where there are more parties than places, chance decides whose
    turn it is.

    :param worker: number that names the claimer; its advisory lock proves it alive.
    :param max_per_endpoint: how many requests to one endpoint are under way at most.
    :param may_look_beyond: function, asked when nothing near can be taken: whether to look
        at all that is due, which takes long.
    :returns: ids in the order to work on them.
    """
    terms = (lane_id, direction, worker, limit, max_per_endpoint, lease_seconds)
    # Most rounds have nothing to send, and find that out sooner this way.
    if direction == "out" and not _count_due(cr, lane_id, direction, 1):
        return []
    claimed = _claim(cr, terms, LOOK_AHEAD)
    if claimed or _count_due(cr, lane_id, direction, LOOK_AHEAD + 1) <= LOOK_AHEAD:
        return claimed
    return _claim(cr, terms, None) if may_look_beyond() else []


def _count_due(cr, lane_id, direction, limit):
    """Return how many deliveries are due, whether they may be claimed or not.

    Index: integration_delivery_due_index.
    """
    cr.execute(
        SQL(
            """
            SELECT count(*)
              FROM (SELECT FROM integration_delivery
                     WHERE lane_id = %s AND direction = %s
                       AND state IN ('pending', 'retry')
                       AND next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC'
                     LIMIT %s) due
            """,
            lane_id,
            direction,
            limit,
        )
    )
    return cr.fetchone()[0]


def _claim(cr, terms, look_ahead):
    """Claim among the first that are due of every party; see ``integration_claim.sql``.

    :param look_ahead: how many of each party are looked at, None: all.
    """
    cr.execute("SELECT integration_claim(%s, %s, %s, %s, %s, %s, %s)", (*terms, look_ahead))
    return sorted(delivery_id for (delivery_id,) in cr.fetchall())


def count_awake(cr, lane_id):
    """Return how many workers of a lane are awake: each shares its lane's lock."""
    cr.execute(
        SQL(
            """
            SELECT count(*) FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 2
               AND database = (SELECT oid FROM pg_database
                                WHERE datname = current_database())
               AND classid = %s::oid AND objid = %s::oid
            """,
            LOCK_AWAKE,
            lane_id,
        )
    )
    return cr.fetchone()[0]


def take_over(cr, lane_id, worker, lease_seconds):
    """Take what other workers left behind: a dead one's lock is free, and every lease
    runs out. The caller decides what becomes of it.

    Index: integration_delivery_running_index.

    :param worker: the caller, who leaves its own work alone.
    :returns: rows ``(delivery id, worker that had claimed it)``.
    """
    cr.execute(
        SQL(
            """
        WITH abandoned AS MATERIALIZED (
            SELECT d.id, d.worker FROM integration_delivery d
             WHERE d.lane_id = %(lane)s AND d.state = 'running'
               AND d.worker <> %(worker)s
               AND (d.lease_until < clock_timestamp() AT TIME ZONE 'UTC'
                    OR pg_try_advisory_xact_lock(%(lock)s, d.worker))
               FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE integration_delivery d
           SET worker = %(worker)s,
               lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %(lease)s * interval '1 second'
          FROM abandoned WHERE d.id = abandoned.id
        RETURNING d.id, abandoned.worker
        """,
            lane=lane_id,
            lock=LOCK_WORKER,
            worker=worker,
            lease=lease_seconds,
        )
    )
    return cr.fetchall()


def find_lanes_with_work(cr, within_seconds):
    """Return the ids of the lanes in which something is due now or within so long.

    Index: integration_delivery_due_index.
    """
    cr.execute(
        SQL(
            """
            SELECT lane.id FROM integration_lane lane
             WHERE EXISTS (
                SELECT 1 FROM integration_delivery d
                 WHERE d.lane_id = lane.id AND d.state IN ('pending', 'retry')
                   AND d.next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC'
                                            + %s * interval '1 second')
            """,
            within_seconds,
        )
    )
    return [lane_id for (lane_id,) in cr.fetchall()]


def seconds_until_due(cr, lane_id):
    """Return the seconds until something of a lane is due again, or None.

    That is a retry, the end of a wait, or an endpoint that may be probed.

    Index: integration_delivery_retry_index.
    """
    cr.execute(
        SQL(
            """
            SELECT extract(epoch FROM LEAST(
                (SELECT min(next_attempt_at) FROM integration_delivery
                  WHERE lane_id = %(lane)s AND state IN ('pending', 'retry')
                    AND next_attempt_at > received_at
                    AND next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC'),
                (SELECT min(GREATEST(health.open_until, health.paused_until))
                   FROM integration_endpoint_health health
                  WHERE GREATEST(health.open_until, health.paused_until)
                        > clock_timestamp() AT TIME ZONE 'UTC'
                    AND EXISTS (SELECT 1 FROM integration_delivery waiting
                                 WHERE waiting.lane_id = %(lane)s
                                   AND waiting.direction = 'out'
                                   AND COALESCE(waiting.endpoint_id, waiting.system_id)
                                       = health.endpoint_id
                                   AND waiting.state IN ('pending', 'retry')))
                ) - clock_timestamp() AT TIME ZONE 'UTC')
            """,
            lane=lane_id,
        )
    )
    seconds = cr.fetchone()[0]
    return None if seconds is None else float(seconds)


def find_follower_lanes(cr, order_scopes):
    """Return the lanes of the deliveries that come next under these order keys.

    The messages of one business object may be of different tiers: whoever finishes one
    wakes the lane of the next.

    Index: integration_delivery_order_index.
    """
    cr.execute(
        SQL(
            """
            SELECT DISTINCT follower.lane_id
              FROM unnest(%s) AS scope
             CROSS JOIN LATERAL (
                    SELECT d.lane_id FROM integration_delivery d
                     WHERE d.order_scope = scope AND d.state IN %s
                       -- That is: pending or retry, and not by the index of all due.
                       AND d.state NOT IN ('running', 'parked', 'dead')
                     ORDER BY d.order_epoch, d.order_sequence, d.id
                     LIMIT 1) follower
            """,
            list(order_scopes),
            OPEN_STATES,
        )
    )
    return [lane for (lane,) in cr.fetchall()]


def hold(cr, delivery_ids, worker):
    """Lock claimed deliveries, and their order keys against workers of other lanes.

    :returns: a ``lib.work.Work`` of each that the worker still has, by id.
    """
    cr.execute(
        SQL(
            "SELECT %s FROM integration_delivery"
            " WHERE id = ANY(%s) AND worker = %s AND state = 'running'"
            " ORDER BY id FOR UPDATE",
            SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
            list(delivery_ids),
            worker,
        )
    )
    works = [Work(*row) for row in cr.fetchall()]
    # In the same order everywhere, so that two workers cannot wait for each other.
    scopes = sorted({work.order_scope for work in works if work.order_scope})
    if scopes:
        cr.execute(
            SQL(
                "SELECT pg_advisory_xact_lock(hashtextextended(scope, 1))"
                " FROM unnest(%s) AS scope",
                scopes,
            )
        )
    return works


def find_held(cr, delivery_ids, worker):
    """Return the ids of claimed deliveries that are still the worker's, locked.

    Needs READ COMMITTED.
    """
    cr.execute(
        SQL(
            "SELECT id FROM integration_delivery"
            " WHERE id = ANY(%s) AND worker = %s AND state = 'running'"
            " ORDER BY id FOR NO KEY UPDATE",
            list(delivery_ids),
            worker,
        )
    )
    return {delivery_id for (delivery_id,) in cr.fetchall()}


def record_outcomes(cr, deliveries, attempts, worker):
    """Write how attempts ended: the attempts' rows, the deliveries' new state.

    One statement for all: it is run for every message. With a worker it needs READ
    COMMITTED.

    :param deliveries: ``{id: {column: value}}``; what a row does not name stays.
    :param attempts: list of ``{column: value}``.
    :param worker: who must have claimed them still; None: the caller holds them.
    :returns: set of the ids that were written.
    """
    cr.execute(
        "SELECT integration_record_outcomes(%s, %s, %s)",
        (
            json.dumps(
                [{"id": key, **vals} for key, vals in deliveries.items()],
                default=str,
            ),
            json.dumps(attempts, default=str),
            worker,
        ),
    )
    return set(cr.fetchone()[0])
