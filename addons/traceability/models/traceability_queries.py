"""Every hand-written statement of this addon, with the index it needs.

| function | index |
|---|---|
| `walk` | `traceability_edge` (input_lot_id, output_lot_id) and the reverse, partial |
| `upsert_edges`, `insert_ignoring` | the table's unique index |
| `delete_other_edges` | `traceability_edge` (move_line_id), (production_id) |

None of them checks access: callers do.
"""

from odoo.tools import SQL

BATCH = 1000
WALKS = {
    "forward": (SQL("input_lot_id"), SQL("output_lot_id")),
    "backward": (SQL("output_lot_id"), SQL("input_lot_id")),
}


def walk(env, lot_ids, direction, company_ids):
    """Return every step of the genealogy that can be reached from some lots.

    One recursive statement. ``UNION`` keeps each lot once, so that shared lots cost no
    more than their own edges, and a cycle ends.

    :param direction: ``forward`` (what was made of it) or ``backward``.
    :param company_ids: edges of other companies are not followed.
    :returns: ``[(from lot id, to lot id)]`` in the direction of the walk, distinct.
    """
    near, far = WALKS[direction]
    env["traceability.edge"].flush_model(
        ["input_lot_id", "output_lot_id", "company_id"]
    )
    return env.execute_query(
        SQL(
            """
            WITH RECURSIVE reached(lot_id) AS (
                SELECT unnest(%(lots)s)
                UNION
                SELECT edge.%(far)s
                  FROM reached
                  JOIN traceability_edge edge ON edge.%(near)s = reached.lot_id
                 WHERE edge.%(far)s IS NOT NULL
                   AND edge.company_id = ANY(%(companies)s)
            )
            SELECT DISTINCT edge.%(near)s, edge.%(far)s
              FROM reached
              JOIN traceability_edge edge ON edge.%(near)s = reached.lot_id
             WHERE edge.%(far)s IS NOT NULL
               AND edge.company_id = ANY(%(companies)s)
            """,
            lots=list(lot_ids),
            near=near,
            far=far,
            companies=list(company_ids),
        )
    )


def upsert_edges(env, rows):
    """Write edges by their natural key; the same edge again changes nothing.

    :param rows: dicts with the same keys, ``natural_key`` among them.
    """
    updated = SQL(", ").join(
        SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
        for name in (rows[0] if rows else ())
        if name != "natural_key"
    )
    _insert(
        env,
        "traceability.edge",
        rows,
        SQL("ON CONFLICT (natural_key) DO UPDATE SET %s", updated),
    )


def delete_other_edges(env, line_ids, production_ids, keys):
    """Delete the edges of these lines and orders that no longer hold."""
    env["traceability.edge"].flush_model()
    env.cr.execute(
        SQL(
            """
            DELETE FROM traceability_edge
             WHERE (move_line_id = ANY(%s) OR production_id = ANY(%s))
               AND natural_key <> ALL(%s)
            """,
            list(line_ids),
            list(production_ids),
            list(keys),
        )
    )
    if env.cr.rowcount:
        env["traceability.edge"].invalidate_model()


def insert_ignoring(env, model_name, rows):
    """Insert rows; those whose unique key is there already are left as they are."""
    _insert(env, model_name, rows, SQL("ON CONFLICT DO NOTHING"))


def insert(env, model_name, rows):
    """Insert rows without the cost of a record each."""
    _insert(env, model_name, rows, SQL())


def _insert(env, model_name, rows, on_conflict):
    if not rows:
        return
    model = env[model_name]
    # Foreign keys look at the database, where what we refer to may not be yet.
    env.flush_all()
    columns = list(rows[0])
    names = SQL(", ").join(SQL.identifier(name) for name in columns)
    for start in range(0, len(rows), BATCH):
        values = SQL(", ").join(
            SQL("%s", tuple(_or_null(row[name]) for name in columns))
            for row in rows[start : start + BATCH]
        )
        env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) VALUES %s %s",
                SQL.identifier(model._table),
                names,
                values,
                on_conflict,
            )
        )
    model.invalidate_model()


def _or_null(value):
    return None if value is False else value
