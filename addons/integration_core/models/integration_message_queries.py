"""All SQL of the message log and the queue. Every statement names its index."""

import hashlib
from datetime import UTC, datetime

from psycopg2.extras import Json

from odoo.tools import SQL

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

    One statement, whatever the number of rows; duplicates fall to the unique index
    ``integration_message__idempotency_index`` and are simply not returned. A key that
    another transaction is admitting at this moment is left out as well: its advisory
    lock is taken.

    :param rows: list of ``(message values, delivery values or None)``.
    :returns: set of the uuids that were inserted.
    """
    message_rows = SQL(", ").join(_message_values(message) for message, _work in rows)
    work_rows = SQL(", ").join(
        SQL(
            "(%s, %s, %s, %s)",
            message["uuid"],
            work["lane_id"],
            work["order_scope"],
            work["latency_target_seconds"],
        )
        for message, work in rows
        if work
    ) or SQL("(NULL, NULL::integer, NULL, NULL::integer)")
    columns = SQL(", ").join(map(SQL.identifier, MESSAGE_COLUMNS))
    cr.execute(
        SQL(
            """
        WITH arriving (%(columns)s) AS (VALUES %(message_rows)s),
        work (uuid, lane_id, order_scope, latency_target_seconds) AS (VALUES %(work_rows)s),
        admitted AS (
            INSERT INTO integration_message (%(columns)s)
            SELECT uuid, direction, admission, system_id::integer, company_id::integer,
                   credential_ref::integer, contract_id::integer, contract_code, version,
                   source, event_id, idempotency_key, order_key, sequence::bigint, epoch,
                   correlation_id, causation_id, occurred_at::timestamp,
                   received_at::timestamp, payload::jsonb, sha256, problem::jsonb,
                   res_model, res_id::integer
              FROM arriving
             WHERE admission = 'refused' OR pg_try_advisory_xact_lock(
                   hashtextextended(system_id || ':' || idempotency_key, 0))
            ON CONFLICT DO NOTHING
            RETURNING id, uuid, system_id, company_id, contract_id, received_at
        ), opened AS (
            INSERT INTO integration_delivery (
                message_id, direction, system_id, company_id, contract_id, lane_id,
                order_scope, state, attempt_count, received_at, next_attempt_at,
                latency_target_seconds)
            SELECT m.id, 'in', m.system_id, m.company_id, m.contract_id, w.lane_id,
                   w.order_scope, 'pending', 0, m.received_at, m.received_at,
                   w.latency_target_seconds
              FROM admitted m JOIN work w ON w.uuid = m.uuid
             ORDER BY m.id
        )
        SELECT uuid FROM admitted
        """,
            columns=columns,
            message_rows=message_rows,
            work_rows=work_rows,
        )
    )
    return {uuid for (uuid,) in cr.fetchall()}


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
    """Wake the workers that linger. Returns the lanes in which nobody is awake.

    A worker holds the lane's lock shared while it works or lingers, so whoever gets
    it exclusively knows that a scheduled action has to be started.
    """
    cr.execute(
        SQL(
            "SELECT lane, pg_try_advisory_xact_lock(%s, lane),"
            " pg_notify('integration_lane_' || lane, '') FROM unnest(%s) AS lane",
            LOCK_AWAKE,
            list(lane_ids),
        )
    )
    return [lane for lane, asleep, _notified in cr.fetchall() if asleep]


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
    """Take work that is due; only the oldest open delivery of an order key is.

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
                       AND earlier.id < d.id
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
