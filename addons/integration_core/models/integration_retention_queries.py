"""SQL of retention. Every statement walks a primary key or the index it names."""

from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL

from .integration_seal_queries import row_digest

SETTLED = ("done", "ignored", "resolved", "cancelled")


class Candidate(NamedTuple):
    """A message that may have been kept long enough.

    :param receivers: the systems of its deliveries, without duplicates.
    """

    message_id: int
    direction: str
    system_id: int | None
    contract_id: int | None
    last_moment: datetime
    is_settled: bool
    receivers: list[int | None]


def compute_row_digests(cr, table, columns, ids):
    """Return ``{id: SHA-256 in hex}``, each as ``compute_digest`` takes it."""
    cr.execute(
        SQL(
            "SELECT id, encode(%s, 'hex') FROM %s WHERE id = ANY(%s)",
            row_digest(columns),
            SQL.identifier(table),
            list(ids),
        )
    )
    return dict(cr.fetchall())


def read_window(cr, after, up_to, received_before, limit):
    """Return the next messages of the log in the order of their ids.

    Index: the primary key, integration_delivery__consumer_unique.
    """
    cr.execute(
        SQL(
            """
            SELECT m.id, m.direction, m.system_id, m.contract_id,
                   GREATEST(m.received_at, work.finished_at),
                   COALESCE(work.is_settled, TRUE), COALESCE(work.receivers, '{}')
              FROM (SELECT * FROM integration_message
                     WHERE id > %(after)s AND id <= %(up_to)s
                       AND received_at < %(before)s
                     ORDER BY id LIMIT %(limit)s) m
              LEFT JOIN LATERAL (
                    SELECT max(d.finished_at) AS finished_at,
                           bool_and(d.state IN %(settled)s) AS is_settled,
                           array_agg(DISTINCT d.system_id) AS receivers
                      FROM integration_delivery d WHERE d.message_id = m.id) work ON TRUE
             ORDER BY m.id
            """,
            after=after,
            up_to=up_to,
            before=received_before,
            limit=limit,
            settled=SETTLED,
        )
    )
    return [Candidate(*row) for row in cr.fetchall()]


def find_referenced(cr, table, column, message_ids):
    """Return those of the messages to which rows of a table refer."""
    cr.execute(
        SQL(
            "SELECT DISTINCT %s FROM %s WHERE %s = ANY(%s)",
            SQL.identifier(column),
            SQL.identifier(table),
            SQL.identifier(column),
            list(message_ids),
        )
    )
    return {message_id for (message_id,) in cr.fetchall()}


def find_referenced_by_work(cr, table, column, message_ids):
    """Return those of the messages to whose deliveries rows of a table refer.

    Index: integration_delivery__consumer_unique, and the table's own on the column.
    """
    cr.execute(
        SQL(
            "SELECT DISTINCT d.message_id FROM integration_delivery d JOIN %s r"
            " ON r.%s = d.id WHERE d.message_id = ANY(%s)",
            SQL.identifier(table),
            SQL.identifier(column),
            list(message_ids),
        )
    )
    return {message_id for (message_id,) in cr.fetchall()}


FINDERS = {
    "integration.message": find_referenced,
    "integration.delivery": find_referenced_by_work,
}
