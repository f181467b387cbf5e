"""SQL of the figures. Each statement walks the primary key of the log once."""

from odoo.tools import SQL

from .integration_flow_mixin import COUNTERS


def lock_cursor(cr, ledger):
    """Return the id up to which a ledger was added up, and keep others from it."""
    cr.execute(
        SQL(
            "INSERT INTO integration_flow_cursor (ledger, last_id) VALUES (%s, 0)"
            " ON CONFLICT (ledger) DO NOTHING",
            ledger,
        )
    )
    cr.execute(
        SQL(
            "SELECT last_id FROM integration_flow_cursor WHERE ledger = %s FOR UPDATE",
            ledger,
        )
    )
    return cr.fetchone()[0]


def move_cursor(cr, ledger, last):
    cr.execute(
        SQL(
            "UPDATE integration_flow_cursor SET last_id = %s WHERE ledger = %s",
            last,
            ledger,
        )
    )


def add_up(cr, ledger, first, last):
    """Add the rows of a ledger between two ids to the hours and the totals.

    Indexes: the ledger's primary key, integration_flow_hour_flow_unique,
    integration_flow_total_flow_unique.
    """
    figures = (_messages if ledger == "integration.message" else _attempts)(first, last)
    sums = SQL(", ").join(
        SQL("%s = known.%s + EXCLUDED.%s", name, name, name)
        for name in map(SQL.identifier, COUNTERS)
    )
    columns = SQL(", ").join(map(SQL.identifier, COUNTERS))
    added = SQL(", ").join(SQL("sum(%s)", SQL.identifier(name)) for name in COUNTERS)
    cr.execute(
        SQL(
            """
            WITH figures AS MATERIALIZED (%(figures)s), hours AS (
                INSERT INTO integration_flow_hour AS known (
                    hour, company_id, system_id, contract_code, direction, %(columns)s,
                    milliseconds_max)
                SELECT hour, company_id, system_id, contract_code, direction,
                       %(columns)s, milliseconds_max
                  FROM figures
                ON CONFLICT (hour, company_id, COALESCE(system_id, 0), contract_code,
                             direction)
                DO UPDATE SET %(sums)s, milliseconds_max = GREATEST(
                    known.milliseconds_max, EXCLUDED.milliseconds_max)
            )
            INSERT INTO integration_flow_total AS known (
                company_id, system_id, contract_code, direction, %(columns)s,
                milliseconds_max)
            SELECT company_id, system_id, contract_code, direction, %(added)s,
                   max(milliseconds_max)
              FROM figures GROUP BY company_id, system_id, contract_code, direction
            ON CONFLICT (company_id, COALESCE(system_id, 0), contract_code, direction)
            DO UPDATE SET %(sums)s, milliseconds_max = GREATEST(
                known.milliseconds_max, EXCLUDED.milliseconds_max)
            """,
            figures=figures,
            columns=columns,
            sums=sums,
            added=added,
        )
    )


def _messages(first, last):
    return SQL(
        """
        SELECT date_trunc('hour', received_at) AS hour, company_id, system_id,
               COALESCE(contract_code, '?') AS contract_code, direction,
               count(*) FILTER (WHERE admission = 'accepted') AS accepted_count,
               count(*) FILTER (WHERE admission = 'refused') AS refused_count,
               0 AS done_count, 0 AS late_count, 0 AS retry_count, 0 AS parked_count,
               0 AS dead_count, 0 AS milliseconds_total, 0 AS milliseconds_max
          FROM integration_message WHERE id > %s AND id <= %s
         GROUP BY 1, 2, 3, 4, 5
        """,
        first,
        last,
    )


def _attempts(first, last):
    return SQL(
        """
        SELECT date_trunc('hour', ended_at) AS hour, company_id, system_id,
               contract_code, direction, 0 AS accepted_count, 0 AS refused_count,
               count(*) FILTER (WHERE done) AS done_count,
               count(*) FILTER (WHERE done AND milliseconds > target * 1000) AS late_count,
               count(*) FILTER (WHERE outcome = 'retry') AS retry_count,
               count(*) FILTER (WHERE outcome = 'parked') AS parked_count,
               count(*) FILTER (WHERE outcome = 'dead') AS dead_count,
               COALESCE(sum(milliseconds) FILTER (WHERE done), 0) AS milliseconds_total,
               COALESCE(max(milliseconds) FILTER (WHERE done), 0) AS milliseconds_max
          FROM (
            SELECT COALESCE(attempt.ended_at, attempt.started_at, delivery.received_at)
                       AS ended_at,
                   delivery.company_id, delivery.system_id, delivery.direction,
                   COALESCE(message.contract_code, '?') AS contract_code,
                   attempt.outcome, attempt.outcome IN ('done', 'ignored') AS done,
                   delivery.latency_target_seconds AS target,
                   extract(epoch FROM attempt.ended_at - delivery.received_at) * 1000
                       AS milliseconds
              FROM integration_attempt attempt
              JOIN integration_delivery delivery ON delivery.id = attempt.delivery_id
              JOIN integration_message message ON message.id = delivery.message_id
             WHERE attempt.id > %s AND attempt.id <= %s
          ) attempts
         GROUP BY 1, 2, 3, 4, 5
        """,
        first,
        last,
    )


def count_backlog(cr, company_ids):
    """Return rows ``(lane id, state, how many, oldest received_at)`` of what is open.

    Indexes: integration_delivery_due_index, integration_delivery_running_index,
    integration_delivery_waiting_index; nothing that is finished is looked at.
    """
    cr.execute(
        SQL(
            """
            SELECT lane_id, state, count(*), min(received_at)
              FROM integration_delivery
             WHERE state IN ('pending', 'retry') AND company_id = ANY(%(companies)s)
             GROUP BY lane_id, state
            UNION ALL
            SELECT lane_id, state, count(*), min(received_at)
              FROM integration_delivery
             WHERE state = 'running' AND company_id = ANY(%(companies)s)
             GROUP BY lane_id, state
            UNION ALL
            SELECT lane_id, state, count(*), min(received_at)
              FROM integration_delivery
             WHERE state IN ('parked', 'dead') AND company_id = ANY(%(companies)s)
             GROUP BY lane_id, state
            """,
            companies=list(company_ids),
        )
    )
    return cr.fetchall()


def count_waiting(cr, company_ids):
    """Return rows ``(lane id, system id, contract id, how many, oldest received_at)``.

    Index: integration_delivery_due_index.
    """
    cr.execute(
        SQL(
            """
            SELECT lane_id, system_id, contract_id, count(*), min(received_at)
              FROM integration_delivery
             WHERE state IN ('pending', 'retry') AND company_id = ANY(%s)
             GROUP BY lane_id, system_id, contract_id
            """,
            list(company_ids),
        )
    )
    return cr.fetchall()


def read_history(cr, since, until):
    """Return rows ``(flow…, [hours], [messages], [failed])``, one for each flow.

    Index: integration_flow_hour_flow_unique.

    :param since: naive UTC, a full hour; ``until``: the same, not included.
    """
    cr.execute(
        SQL(
            """
            SELECT company_id, system_id, contract_code, direction, array_agg(hour),
                   array_agg(accepted_count + refused_count),
                   array_agg(refused_count + dead_count + parked_count)
              FROM integration_flow_hour WHERE hour >= %s AND hour < %s
             GROUP BY 1, 2, 3, 4
            """,
            since,
            until,
        )
    )
    return cr.fetchall()
