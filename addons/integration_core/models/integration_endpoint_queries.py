"""SQL of circuit breakers. Index of all: integration_endpoint_health_endpoint_unique."""

from odoo.tools import SQL


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
                   openings = %s, open_until = %s
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


def find_probing(cr, endpoint_ids):
    """Return those endpoints whose breaker is open and may be probed."""
    cr.execute(
        SQL(
            "SELECT endpoint_id FROM integration_endpoint_health"
            " WHERE endpoint_id = ANY(%s) AND open_until IS NOT NULL",
            list(endpoint_ids),
        )
    )
    return {endpoint_id for (endpoint_id,) in cr.fetchall()}
