"""SQL of replaying many deliveries at once. Index: their primary key."""

from odoo.tools import SQL


def replay(cr, delivery_ids, *, states, seconds_between, user_id, now):
    """Make deliveries due again and keep on record who decided so.

    What Odoo has applied stays as it is, also if it was applied a moment ago.

    :param states: those in which a delivery may be replayed.
    :param seconds_between: pause from each to the next, in the order of their ids.
    :param now: naive UTC.
    :returns: how many.
    """
    cr.execute(
        SQL(
            """
            WITH chosen AS MATERIALIZED (
                SELECT d.id, row_number() OVER (ORDER BY d.id) - 1 AS place
                  FROM integration_delivery d
                 WHERE d.id = ANY(%(ids)s) AND d.state IN %(states)s
                   AND NOT (d.direction = 'in' AND d.state = 'done')
            ), logged AS (
                INSERT INTO integration_attempt (
                    delivery_id, company_id, number, started_at, ended_at, outcome, user_id)
                SELECT d.id, d.company_id, d.attempt_count, %(now)s, %(now)s, 'replayed',
                       %(user)s
                  FROM integration_delivery d JOIN chosen USING (id)
            )
            UPDATE integration_delivery d
               SET state = 'pending', attempt_count = 0, kill_count = 0,
                   replay_count = COALESCE(replay_count, 0) + 1,
                   next_attempt_at = %(now)s::timestamp
                       + chosen.place * %(pause)s * interval '1 second',
                   finished_at = NULL, exception_id = NULL, last_error = NULL,
                   decision_reason = NULL
              FROM chosen WHERE d.id = chosen.id
            """,
            ids=list(delivery_ids),
            states=tuple(states),
            pause=seconds_between,
            user=user_id,
            now=now,
        )
    )
    return cr.rowcount
