"""SQL of the order within a stream."""

from odoo.tools import SQL


def find_position(cr, order_scope):
    """Return ``(epoch, sequence, occurred at)`` of a stream, or None.

    Index: integration_order_position_scope_unique.
    """
    cr.execute(
        SQL(
            "SELECT epoch, sequence, occurred_at FROM integration_order_position"
            " WHERE order_scope = %s"
            "   AND (sequence IS NOT NULL OR occurred_at IS NOT NULL)",
            order_scope,
        )
    )
    return cr.fetchone()


def write_position(cr, order_scope, place):
    """Keep how far a stream was applied.

    :param place: ``lib.ordering.Place``
    """
    cr.execute(
        SQL(
            """
            INSERT INTO integration_order_position
                   (order_scope, epoch, sequence, occurred_at)
            VALUES (%s, %s, %s, %s)
            ON CONFLICT (order_scope) DO UPDATE
               SET epoch = excluded.epoch, sequence = excluded.sequence,
                   occurred_at = excluded.occurred_at
            """,
            order_scope,
            place.epoch,
            place.sequence,
            place.occurred_at,
        )
    )


def announce_waiting(cr, order_scope):
    """Let whoever advances a stream at this moment know that a message waits in it.

    It writes the row that advancing writes: the later of two such transactions fails and
    runs again, on what the other one left. Else a message could begin to wait for one
    that was applied just before, without either noticing.
    """
    cr.execute(
        SQL(
            """
            INSERT INTO integration_order_position (order_scope, epoch) VALUES (%s, '')
            ON CONFLICT (order_scope) DO UPDATE
               SET epoch = integration_order_position.epoch
            """,
            order_scope,
        )
    )


def find_successors(cr, order_scope, place):
    """Return ``(id, state)`` of deliveries that come right after a place: those that
    wait, and those that somebody cancelled or settled.

    Indexes: integration_delivery_order_index, integration_delivery_left_out_index.
    """
    cr.execute(
        SQL(
            """
            SELECT id, state FROM integration_delivery
             WHERE order_scope = %(scope)s AND order_epoch = %(epoch)s
               AND order_sequence = %(next)s AND state IN ('pending', 'parked')
            UNION ALL
            SELECT id, state FROM integration_delivery
             WHERE order_scope = %(scope)s AND order_epoch = %(epoch)s
               AND order_sequence = %(next)s AND state IN ('cancelled', 'resolved')
            """,
            scope=order_scope,
            epoch=place.epoch,
            next=place.sequence + 1,
        )
    )
    return cr.fetchall()
