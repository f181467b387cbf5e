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


def find_damaged_lines(env, movement):
    """Return ``(line id, what is wrong)``: the edges of all lines, compared both ways.

    :param movement: of every line, see ``traceability_queries.movements``.
    """
    return env.execute_query(
        SQL(
            """
            SELECT COALESCE(movement.move_line_id, edge.move_line_id),
                   min(CASE WHEN edge.id IS NULL THEN 'missing'
                            WHEN movement.move_line_id IS NULL THEN 'invented'
                            ELSE 'changed' END)
              FROM (SELECT * FROM (%s) moved WHERE NOT is_transformation) movement
              FULL JOIN (SELECT * FROM traceability_edge
                          WHERE move_line_id IS NOT NULL) edge
                ON edge.move_line_id = movement.move_line_id
               AND edge.kind = movement.kind
               AND COALESCE(edge.input_vertex, edge.output_vertex)
                   = COALESCE(movement.lot_id, -movement.node_id)
             WHERE edge.id IS NULL OR movement.move_line_id IS NULL
                OR (edge.input_vertex IS NOT NULL) <> (movement.side = 'input')
                OR (edge.input_vertex IS NOT NULL AND edge.output_vertex IS NOT NULL)
                OR abs(edge.quantity - movement.quantity) > 1e-6
                OR (edge.product_id, edge.partner_id, edge.company_id)
                   IS DISTINCT FROM
                   (movement.product_id, movement.partner_id, movement.company_id)
             GROUP BY 1 ORDER BY 1
            """,
            movement,
        )
    )


def find_damaged_documents(env, movement, sources):
    """Return ``(model, id)`` of documents whose edges are not what they moved.

    What went in has to add up, and what came out has to be there, both ways. A repaired
    lot is moved by nothing, so that of repairs only what was moved is asked for.
    """
    return env.execute_query(
        SQL(
            """
            WITH moved AS (
                 SELECT source.res_model, source.res_id, movement.side,
                        movement.lot_id AS vertex, sum(movement.quantity) AS quantity
                   FROM (%(movement)s) movement
                   JOIN stock_move move ON move.id = movement.move_id
                  CROSS JOIN LATERAL (
                        SELECT res_model, res_id
                          FROM (VALUES %(sources)s) source (res_model, res_id)
                         WHERE res_id IS NOT NULL LIMIT 1) source
                  WHERE movement.is_transformation AND movement.lot_id IS NOT NULL
                  GROUP BY 1, 2, 3, 4),
            edge AS (
                 SELECT res_model, res_id, 'input' AS side, input_vertex AS vertex,
                        sum(quantity) AS quantity
                   FROM traceability_edge
                  WHERE res_model = ANY(%(models)s) AND input_vertex > 0
                  GROUP BY 1, 2, 4
                  UNION ALL
                 SELECT DISTINCT res_model, res_id, 'output', output_vertex, NULL::numeric
                   FROM traceability_edge
                  WHERE res_model = ANY(%(models)s) AND output_vertex > 0)
            SELECT DISTINCT res_model, res_id
              FROM moved FULL JOIN edge USING (res_model, res_id, side, vertex)
             WHERE edge.res_id IS NULL
                OR moved.res_id IS NULL AND res_model <> 'repair.order'
                OR side = 'input'
                   AND abs(moved.quantity - edge.quantity) > 1e-6 * (1 + moved.quantity)
                   AND res_model <> 'repair.order'
             ORDER BY 1, 2
            """,
            movement=movement,
            sources=SQL(", ").join(
                SQL("(%s, (%s)::int)", res_model, res_id)
                for _kind, res_model, res_id in sources
            ),
            models=[res_model for _kind, res_model, _id in sources],
        )
    )


def find_invented(env):
    """Return ``(edge id, reference)`` of edges that nothing stands behind."""
    return env.execute_query(
        SQL(
            """
            SELECT edge.id, edge.reference
              FROM traceability_edge edge
             WHERE edge.move_line_id IS NULL AND edge.kind <> 'settlement'
               AND (edge.res_id IS NULL OR edge.res_model = 'traceability.link'
                    AND NOT EXISTS (SELECT FROM traceability_link link
                                     WHERE link.id = edge.res_id))
             ORDER BY edge.id
            """
        )
    )


def delete_edges(env, edge_ids):
    """Delete edges that nothing stands behind."""
    env.cr.execute(
        SQL("DELETE FROM traceability_edge WHERE id = ANY(%s)", list(edge_ids))
    )
