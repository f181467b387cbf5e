"""SQL of sending. Breakers: integration_endpoint_health_endpoint_unique serves them."""

from dataclasses import dataclass
from typing import Any

from odoo.tools import SQL

from ..lib.envelope import OUTGOING_COLUMNS
from ..lib.work import COLUMNS, Work


def lock_health(cr, endpoint_id, moment):
    """Return the row of an endpoint, locked and made if need be."""
    cr.execute(
        SQL(
            """
            INSERT INTO integration_endpoint_health
                   (endpoint_id, window_started_at, requests, failures, openings)
            VALUES (%s, %s, 0, 0, 0)
            ON CONFLICT (endpoint_id) DO UPDATE SET endpoint_id = excluded.endpoint_id
            RETURNING window_started_at, requests, failures, openings, open_until
            """,
            endpoint_id,
            moment,
        )
    )
    return cr.fetchone()


def write_health(cr, endpoint_id, breaker):
    """Keep the state of a breaker.

    :param breaker: ``lib.breaker.Breaker``
    """
    cr.execute(
        SQL(
            """
            UPDATE integration_endpoint_health
               SET window_started_at = %s, requests = %s, failures = %s,
                   openings = %s, open_until = %s, probing_until = NULL
             WHERE endpoint_id = %s
            """,
            breaker.window_started_at,
            breaker.requests,
            breaker.failures,
            breaker.openings,
            breaker.open_until,
            endpoint_id,
        )
    )


def pause(cr, endpoint_id, until):
    """Leave an endpoint alone until a moment, or longer where that was said before.

    Who probed it has an answer, or did not ask: another one may, afterwards.
    """
    cr.execute(
        SQL(
            """
            INSERT INTO integration_endpoint_health
                   (endpoint_id, window_started_at, requests, failures, openings,
                    paused_until)
            VALUES (%s, clock_timestamp() AT TIME ZONE 'UTC', 0, 0, 0, %s)
            ON CONFLICT (endpoint_id) DO UPDATE
               SET paused_until = GREATEST(
                       integration_endpoint_health.paused_until, excluded.paused_until),
                   probing_until = NULL
            """,
            endpoint_id,
            until,
        )
    )


def take_probe(cr, endpoint_id, until, now):
    """Return whether the caller may probe an endpoint: one sender until a moment."""
    cr.execute(
        SQL(
            """
            UPDATE integration_endpoint_health SET probing_until = %(until)s
             WHERE endpoint_id = %(endpoint)s AND open_until <= %(now)s
               AND COALESCE(probing_until, '-infinity') < %(now)s
            RETURNING id
            """,
            endpoint=endpoint_id,
            until=until,
            now=now,
        )
    )
    return bool(cr.rowcount)


def find_superseded(cr, delivery_ids):
    """Return those behind which a newer one of their stream waits.

    Index: integration_delivery_order_index.
    """
    cr.execute(
        SQL(
            """
            SELECT d.id FROM integration_delivery d
             WHERE d.id = ANY(%s) AND EXISTS (
                SELECT 1 FROM integration_delivery newer
                 WHERE newer.order_scope = d.order_scope AND newer.id > d.id
                   AND newer.contract_id = d.contract_id
                   AND newer.state IN ('pending', 'retry'))
            """,
            list(delivery_ids),
        )
    )
    return {delivery_id for (delivery_id,) in cr.fetchall()}


# By identity: its attributes are a dict.
@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """A claimed delivery, with what is to be sent.

    :param payload: the receiver's own where its subscription transforms the event.
    :param is_probing: the endpoint's breaker was open, and it may be probed.
    :param attributes: of the message, see ``lib.envelope.OUTGOING_COLUMNS``.
    """

    work: Work
    endpoint_id: int
    payload: Any
    is_probing: bool
    attributes: dict

    @property
    def message_id(self):
        return self.attributes["uuid"]


def read_outgoing(cr, delivery_ids):
    """Return an ``Outgoing`` for each delivery, in one statement, in the order of ids.

    Indexes: the primary keys, integration_endpoint_health_endpoint_unique.
    """
    cr.execute(
        SQL(
            """
            SELECT %s, d.endpoint_id, COALESCE(d.payload, m.payload),
                   health.open_until IS NOT NULL, %s
              FROM integration_delivery d
              JOIN integration_message m ON m.id = d.message_id
              LEFT JOIN integration_endpoint_health health
                     ON health.endpoint_id = d.endpoint_id
             WHERE d.id = ANY(%s)
             ORDER BY d.id
            """,
            SQL(", ").join(SQL.identifier("d", name) for name in COLUMNS),
            SQL(", ").join(SQL.identifier("m", name) for name in OUTGOING_COLUMNS),
            list(delivery_ids),
        )
    )
    width = len(COLUMNS)
    return [
        Outgoing(
            Work(*row[:width]),
            *row[width : width + 3],
            dict(zip(OUTGOING_COLUMNS, row[width + 3 :], strict=True)),
        )
        for row in cr.fetchall()
    ]
