"""All SQL of the message log and the queue. Every statement names its index."""

import hashlib
import json
from datetime import UTC, datetime

from psycopg2.extras import Json

from odoo.tools import SQL, file_open

# A delivery in one of these keeps the later ones of its order key waiting.
OPEN_STATES = ("pending", "retry", "running", "parked", "dead")
WAKE_CHANNEL = "integration_lane_%d"
# First half of the advisory lock pairs; the second half is the lane's id.
LOCK_AWAKE = 0x17A0
LOCK_WORKER = 0x17A1

MESSAGE_COLUMNS = (
    "uuid",
    "direction",
    "admission",
    "system_id",
    "company_id",
    "credential_ref",
    "contract_id",
    "contract_code",
    "version",
    "source",
    "event_id",
    "idempotency_key",
    "order_key",
    "sequence",
    "epoch",
    "correlation_id",
    "causation_id",
    "occurred_at",
    "received_at",
    "payload",
    "sha256",
    "problem",
    "res_model",
    "res_id",
)


def install_functions(cr):
    """Create or replace the functions that admit messages; safe to repeat."""
    with file_open("integration_core/data/integration_admit.sql") as file:
        cr.execute(file.read())


def now():
    """Return the present, naive UTC, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def moment(unix_seconds):
    """Return naive UTC, as Odoo keeps moments."""
    return datetime.fromtimestamp(unix_seconds, UTC).replace(tzinfo=None)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _message_values(vals):
    return SQL(
        "(%s)", SQL(", ").join(SQL("%s", vals.get(name)) for name in MESSAGE_COLUMNS)
    )


def insert_message(cr, vals):
    """Insert one message. Returns its id."""
    cr.execute(
        SQL(
            "INSERT INTO integration_message (%s) VALUES %s RETURNING id",
            SQL(", ").join(map(SQL.identifier, MESSAGE_COLUMNS)),
            _message_values(vals),
        )
    )
    return cr.fetchone()[0]


def admit(cr, rows):
    """Insert inbound messages and, for the accepted ones, their deliveries.

    One statement, whatever the number of rows; see ``data/integration_admit.sql``.
    Duplicates fall to the unique index ``integration_message__idempotency_index`` and
    are simply not returned.

    :param rows: list of ``(message values, delivery values or None)``.
    :returns: ``(uuids that were inserted, lanes in which nobody is awake)``
    """
    arriving = [{"message": message, **(work or {})} for message, work in rows]
    cr.execute(
        "SELECT * FROM integration_admit(%s, %s)",
        (LOCK_AWAKE, json.dumps(arriving, default=str, ensure_ascii=False)),
    )
    admitted, asleep = cr.fetchone()
    return set(admitted), asleep


def find_first_answers(cr, system_id, keys):
    """Return ``{key: (uuid, sha256)}`` of the messages accepted under these keys.

    Index: integration_message__idempotency_index.
    """
    cr.execute(
        SQL(
            "SELECT idempotency_key, uuid, sha256 FROM integration_message"
            " WHERE system_id = %s AND idempotency_key = ANY(%s)"
            " AND direction = 'in' AND admission = 'accepted'",
            system_id,
            list(keys),
        )
    )
    return {key: (uuid, sha256) for key, uuid, sha256 in cr.fetchall()}


def signal_lanes(cr, lane_ids):
    """Wake the workers that listen. Returns the lanes in which nobody does."""
    cr.execute("SELECT integration_wake(%s, %s)", (LOCK_AWAKE, list(lane_ids)))
    return cr.fetchone()[0]


def trigger_lanes(cr, lane_ids):
    """Leave one trigger per scheduled action of these lanes, unless one waits.

    A trigger that a finishing worker is about to delete is locked and skipped, hence
    not taken for one that waits. Needs READ COMMITTED.
    """
    cr.execute(
        SQL(
            """
        INSERT INTO ir_cron_trigger (cron_id, call_at, create_date, write_date)
        SELECT cron.id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
               now() AT TIME ZONE 'UTC'
          FROM ir_cron cron
         WHERE cron.integration_lane_id = ANY(%s) AND cron.active
           AND NOT EXISTS (
               SELECT 1 FROM ir_cron_trigger t
                WHERE t.cron_id = cron.id AND t.call_at <= now() AT TIME ZONE 'UTC'
                  FOR KEY SHARE SKIP LOCKED)
        """,
            list(lane_ids),
        )
    )


def claim(
    cr, lane_id, worker, *, direction, limit, lease_seconds, max_per_endpoint=None
):
    """Take work that is due; only the first open delivery of an order key is: by
    sequence where its policy sorts, else the oldest.

    Indexes: integration_delivery__due_index, integration_delivery__order_index.

    :param worker: number that names the claimer; its advisory lock proves it alive.
    :returns: ids in the order to work on them.
    """
    cr.execute(
        SQL(
            """
        WITH due AS MATERIALIZED (
            SELECT d.id
              FROM integration_delivery d
             WHERE d.lane_id = %(lane)s
               AND d.direction = %(direction)s
               AND d.state IN ('pending', 'retry')
               AND d.next_attempt_at <= clock_timestamp() AT TIME ZONE 'UTC'
               AND (d.order_scope IS NULL OR NOT EXISTS (
                    SELECT 1 FROM integration_delivery earlier
                     WHERE earlier.order_scope = d.order_scope
                       AND (earlier.order_epoch, earlier.order_sequence, earlier.id)
                           < (d.order_epoch, d.order_sequence, d.id)
                       AND earlier.state IN %(open)s))
               AND (%(cap)s::integer IS NULL OR (
                    SELECT count(*) FROM integration_delivery sending
                     WHERE sending.endpoint_id = d.endpoint_id
                       AND sending.state = 'running') < %(cap)s)
             ORDER BY d.next_attempt_at, d.id
             LIMIT %(limit)s
               FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE integration_delivery d
           SET state = 'running', attempt_count = d.attempt_count + 1,
               worker = %(worker)s, started_at = clock_timestamp() AT TIME ZONE 'UTC',
               lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %(lease)s * interval '1 second'
          FROM due WHERE d.id = due.id
        RETURNING d.id
        """,
            lane=lane_id,
            direction=direction,
            open=OPEN_STATES,
            limit=limit,
            worker=worker,
            lease=lease_seconds,
            cap=max_per_endpoint,
        )
    )
    return sorted(delivery_id for (delivery_id,) in cr.fetchall())


def rescue(cr, lane_id, worker):
    """Give back what other workers left behind: a dead one's lock is free, and every
    lease runs out. An interrupted attempt is not one of those a policy counts.

    Index: integration_delivery__running_index.

    :param worker: the caller, who leaves its own work alone.
    :returns: rows ``(delivery id, attempt number, started at)``.
    """
    cr.execute(
        SQL(
            """
        WITH abandoned AS MATERIALIZED (
            SELECT d.id FROM integration_delivery d
             WHERE d.lane_id = %(lane)s AND d.state = 'running'
               AND d.worker <> %(worker)s
               AND (d.lease_until < clock_timestamp() AT TIME ZONE 'UTC'
                    OR pg_try_advisory_xact_lock(%(lock)s, d.worker))
               FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE integration_delivery d
           SET state = 'pending', worker = NULL, lease_until = NULL,
               attempt_count = d.attempt_count - 1, rescue_count = d.rescue_count + 1
          FROM abandoned WHERE d.id = abandoned.id
        RETURNING d.id, d.attempt_count + 1, d.started_at
        """,
            lane=lane_id,
            lock=LOCK_WORKER,
            worker=worker,
        )
    )
    return cr.fetchall()


def seconds_until_due(cr, lane_id):
    """Return the seconds until the next retry of a lane, or None.

    Index: integration_delivery__due_index.
    """
    cr.execute(
        SQL(
            "SELECT extract(epoch FROM min(next_attempt_at) - clock_timestamp() AT TIME ZONE 'UTC')"
            " FROM integration_delivery WHERE lane_id = %s AND state IN ('pending', 'retry')"
            " AND next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC'",
            lane_id,
        )
    )
    seconds = cr.fetchone()[0]
    return None if seconds is None else float(seconds)


def find_follower_lanes(cr, order_scopes):
    """Return the lanes in which deliveries of these order keys wait for their turn.

    The messages of one business object may be of different tiers: whoever finishes one
    wakes the lane of the next.

    Index: integration_delivery__order_index.
    """
    cr.execute(
        SQL(
            "SELECT DISTINCT lane_id FROM integration_delivery"
            " WHERE order_scope = ANY(%s) AND state IN ('pending', 'retry')",
            list(order_scopes),
        )
    )
    return [lane for (lane,) in cr.fetchall()]


def record_outcome(cr, delivery_id, delivery_vals, attempt_vals):
    """Write how an attempt ended, in one statement: it is run for every message.

    :param delivery_vals: column → value of the delivery; dicts become jsonb.
    :param attempt_vals: column → value of the new attempt.
    """
    assignments = SQL(", ").join(
        SQL("%s = %s", SQL.identifier(name), _sql_value(value))
        for name, value in delivery_vals.items()
    )
    cr.execute(
        SQL(
            "WITH logged AS (INSERT INTO integration_attempt (%s) VALUES (%s))"
            " UPDATE integration_delivery SET %s WHERE id = %s",
            SQL(", ").join(map(SQL.identifier, attempt_vals)),
            SQL(", ").join(SQL("%s", value) for value in attempt_vals.values()),
            assignments,
            delivery_id,
        )
    )


def _sql_value(value):
    return SQL("%s", Json(value) if isinstance(value, dict) else value)
