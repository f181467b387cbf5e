"""Statements of the check. Each walks the primary key of the move lines, or an edge's
unique index by line."""

from odoo.tools import SQL


def get_last_line_id(env):
    ((last,),) = env.execute_query(
        SQL("SELECT COALESCE(max(id), 0) FROM stock_move_line")
    )
    return last


def find_lines(env, first, last, since, limit):
    """Return the ids of the next finished lines, in order."""
    rows = env.execute_query(
        SQL(
            """
            SELECT id FROM stock_move_line
             WHERE id BETWEEN %s AND %s AND state = 'done'
               AND (%s::timestamp IS NULL OR write_date >= %s::timestamp)
             ORDER BY id LIMIT %s
            """,
            first,
            last,
            since,
            since,
            limit,
        )
    )
    return [line_id for (line_id,) in rows]


def delete_stale_movements(env, movement, line_ids):
    """Delete edges of lines that say something else than the lines. Returns how many."""
    env.cr.execute(
        SQL(
            """
            DELETE FROM traceability_edge edge
             WHERE edge.move_line_id = ANY(%s)
               AND NOT EXISTS (
                   SELECT FROM (%s) movement
                    WHERE movement.move_line_id = edge.move_line_id
                      AND movement.kind = edge.kind
                      AND NOT movement.is_transformation
                      AND COALESCE(movement.lot_id, -movement.node_id)
                          = COALESCE(edge.input_vertex, edge.output_vertex)
                      AND abs(movement.quantity - edge.quantity) < 1e-6
                      AND (movement.side = 'input') = (edge.input_vertex IS NOT NULL))
            """,
            list(line_ids),
            movement,
        )
    )
    return env.cr.rowcount
