"""All SQL of the message log, and of waking those who work it off.

Every statement names its index; working off is in ``integration_delivery_queries``.
"""

import functools
import hashlib
import json
from datetime import UTC, datetime

from odoo.tools import SQL, file_open

WAKE_CHANNEL = "integration_lane_%d"
# First half of the advisory lock pairs; the second half is the lane's id.
LOCK_AWAKE = 0x17A0

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
JSON_COLUMNS = {"payload", "problem"}
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def install_functions(cr):
    """Create or replace the functions of the queue; safe to repeat."""
    for name in ("admit", "claim"):
        with file_open(f"integration_core/data/integration_{name}.sql") as file:
            cr.execute(file.read())


def begin_briefly(cr):
    """Begin a transaction that sees what others committed a moment ago.

    Its commit does not wait for the disk: for what is done again should PostgreSQL die.
    """
    cr.execute(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
        " SET LOCAL synchronous_commit TO off"
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


def find_without_work(cr, limit):
    """Return the uuids of accepted inbound messages that have no delivery.

    Reads the log once. Index: integration_delivery__consumer_unique.
    """
    cr.execute(
        SQL(
            "SELECT uuid FROM integration_message m"
            " WHERE direction = 'in' AND admission = 'accepted' AND NOT EXISTS"
            " (SELECT FROM integration_delivery d WHERE d.message_id = m.id)"
            " ORDER BY id LIMIT %s",
            limit,
        )
    )
    return [uuid for (uuid,) in cr.fetchall()]


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

    One statement, whatever the number of rows. Duplicates fall to the unique index
    ``integration_message__idempotency_index`` and are simply not returned; so does one
    that another transaction is admitting at this moment.

    :param rows: list of ``(message values, delivery values or None)``.
    :returns: ``(uuids that were inserted, lanes in which nobody is awake)``
    """
    if len(rows) == 1 and rows[0][1]:
        return _admit_one(cr, *rows[0])
    arriving = [{"message": message, **(work or {})} for message, work in rows]
    cr.execute(
        "SELECT * FROM integration_admit(%s, %s)",
        (LOCK_AWAKE, _ENCODER.encode(arriving)),
    )
    admitted, asleep = cr.fetchone()
    return set(admitted), asleep


def _admit_one(cr, message, work):
    """Insert one accepted message and its delivery, as ``integration_admit`` does.

    A connection comes back to Odoo's pool without any plan (DISCARD ALL), so a request
    never meets a function whose plans are kept. Planning this takes half as long; what
    ``integration_wake`` does is written out for the same reason.
    """
    given = {name: value for name, value in message.items() if value is not None}
    for name in JSON_COLUMNS & given.keys():
        given[name] = _ENCODER.encode(given[name])
    lane_id = work["lane_id"]
    cr.execute(
        _prepare_admission(tuple(given), tuple(work)),
        (
            *given.values(),
            f"{message['system_id']}:{message['idempotency_key']}",
            *work.values(),
            *(LOCK_AWAKE, lane_id, LOCK_AWAKE, lane_id),
            WAKE_CHANNEL % lane_id,
        ),
    )
    row = cr.fetchone()
    if not row:
        return set(), []
    uuid, is_asleep = row
    return {uuid}, [lane_id] if is_asleep else []


@functools.lru_cache
def _prepare_admission(columns, work_columns):
    """Return the statement for these columns of a message and of its delivery."""
    statement = SQL(
        """
        WITH m AS (
            INSERT INTO integration_message (%s)
            SELECT %s
             WHERE pg_try_advisory_xact_lock(hashtextextended(%%s, 0))
                ON CONFLICT DO NOTHING
            RETURNING id, uuid, system_id, company_id, contract_id, received_at
        ), d AS (
            INSERT INTO integration_delivery (
                message_id, direction, system_id, company_id, contract_id, state,
                attempt_count, received_at, next_attempt_at, %s)
            SELECT id, 'in', system_id, company_id, contract_id, 'pending',
                   0, received_at, received_at, %s
              FROM m
        )
        SELECT uuid,
               CASE WHEN pg_try_advisory_lock(%%s, %%s)
                    THEN pg_advisory_unlock(%%s, %%s)
                    ELSE pg_notify(%%s, '') IS NULL END
          FROM m
        """,
        SQL(", ").join(map(SQL.identifier, columns)),
        SQL(", ").join(
            SQL("%%s::jsonb" if name in JSON_COLUMNS else "%%s") for name in columns
        ),
        SQL(", ").join(map(SQL.identifier, work_columns)),
        SQL(", ").join(SQL("%%s") for _name in work_columns),
    )
    return statement.code % ()  # what was doubled above are its parameters


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


def count_waiting(cr, lane_id, limit):
    """Return how many inbound deliveries wait in a lane, counted up to a limit.

    What waits for an endpoint that is closed keeps nobody from sending.
    """
    cr.execute(
        SQL(
            """
        SELECT count(*)
          FROM (SELECT
                  FROM integration_delivery
                 WHERE lane_id = %s AND direction = 'in'
                   AND state IN ('pending', 'retry')
                 LIMIT %s) AS waiting
        """,
            lane_id,
            limit,
        )
    )
    return cr.fetchone()[0]


def trigger_lanes(cr, lane_ids):
    """Leave one trigger per scheduled action of these lanes, unless one waits.

    A trigger that a finishing worker is about to delete is locked and skipped, hence
    not taken for one that waits. Needs READ COMMITTED.

    Its moment is a whole second: a worker that starts deletes those up to its own, which
    Odoo rounds down. One that stays would count as waiting, and nobody would be called.

    :returns: how many were left.
    """
    cr.execute(
        SQL(
            """
        INSERT INTO ir_cron_trigger (cron_id, call_at, create_date, write_date)
        SELECT cron.id, date_trunc('second', now() AT TIME ZONE 'UTC'),
               now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
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
    return cr.rowcount
