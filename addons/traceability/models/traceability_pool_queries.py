"""Statements about stock without lots, see ``traceability.node``.

| function | index |
|---|---|
| `find_open` | `traceability_node` (product_id, company_id), open ones; draws by node |
| `find_followed_lines`, `find_draws`, `scale_draws` | draws and nodes by move line |
| `get_balance` | core's `stock_move_line` (product_id) |
"""

from odoo.tools import SQL

from .traceability_queries import is_inside


def find_pooled_products(env, product_ids):
    """Return those products without lots that are made here: only they are followed."""
    if not product_ids:
        return set()
    env["mrp.bom"].flush_model(["product_id", "product_tmpl_id", "type", "active"])
    env["traceability.node"].flush_model()
    rows = env.execute_query(
        SQL(
            """
            SELECT product.id
              FROM product_product product
             WHERE product.id = ANY(%(products)s)
               AND (EXISTS (SELECT FROM mrp_bom bom
                             WHERE bom.product_tmpl_id = product.product_tmpl_id
                               AND COALESCE(bom.product_id, product.id) = product.id
                               AND bom.type <> 'phantom')
                    OR EXISTS (SELECT FROM mrp_bom_byproduct part
                                WHERE part.product_id = product.id)
                    OR EXISTS (SELECT FROM traceability_node node
                                WHERE node.product_id = product.id
                                  AND node.kind <> 'external'))
            """,
            products=list(product_ids),
        )
    )
    return {product_id for (product_id,) in rows}


def find_followed_lines(env, line_ids):
    """Return the lines that made a batch or drew from one already."""
    rows = env.execute_query(
        SQL(
            """
            SELECT move_line_id FROM traceability_node WHERE move_line_id = ANY(%(lines)s)
             UNION
            SELECT move_line_id FROM traceability_draw WHERE move_line_id = ANY(%(lines)s)
            """,
            lines=list(line_ids),
        )
    )
    return [line_id for (line_id,) in rows]


def find_open(env, product_id, company_id, *, kind="untracked"):
    """Return ``[(node id, quantity left)]`` of the batches that can be in stock.

    Of what is owed, the quantity that nothing has paid back yet.
    """
    env["traceability.node"].flush_model()
    spent = SQL("draw.owed_node_id") if kind == "owed" else SQL("draw.node_id")
    return env.execute_query(
        SQL(
            """
            SELECT node.id, node.quantity - COALESCE(used.quantity, 0)
              FROM traceability_node node
              LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity
                                   FROM traceability_draw draw
                                  WHERE %(spent)s = node.id) used ON TRUE
             WHERE node.product_id = %(product)s
               AND node.company_id = %(company)s
               AND node.kind = %(kind)s
               AND node.is_used_up IS NOT TRUE
             ORDER BY node.id
            """,
            spent=spent,
            product=product_id,
            company=company_id,
            kind=kind,
        )
    )


def find_nodes_of(env, production_ids):
    """Return the ids of the batches that these orders made."""
    rows = env.execute_query(
        SQL(
            "SELECT id FROM traceability_node WHERE production_id = ANY(%s)",
            list(production_ids),
        )
    )
    return {node_id for (node_id,) in rows}


def find_draws(env, line_ids):
    """Return ``[(node id, quantity)]`` that these lines drew together."""
    return env.execute_query(
        SQL(
            """
            SELECT node_id, sum(quantity)
              FROM traceability_draw
             WHERE move_line_id = ANY(%s)
             GROUP BY node_id
             ORDER BY node_id
            """,
            list(line_ids),
        )
    )


def find_draws_by_line(env, line_ids):
    """Return ``[(move line id, node id, quantity)]``."""
    if not line_ids:
        return []
    return env.execute_query(
        SQL(
            """
            SELECT move_line_id, node_id, sum(quantity)
              FROM traceability_draw
             WHERE move_line_id = ANY(%s)
             GROUP BY move_line_id, node_id
             ORDER BY move_line_id, node_id
            """,
            list(line_ids),
        )
    )


def add_draws(env, rows):
    """Insert draws ``(move line id, node id, owed node id, quantity)``."""
    if not rows:
        return
    env["stock.move.line"].flush_model()
    env["traceability.node"].flush_model()
    env.cr.execute(
        SQL(
            "INSERT INTO traceability_draw"
            " (move_line_id, node_id, owed_node_id, quantity) VALUES %s",
            SQL(", ").join(SQL("%s", row) for row in rows),
        )
    )


def scale_draws(env, line_id, quantity):
    """Let the draws of a line add up to what the line says now; signs are kept."""
    env.cr.execute(
        SQL(
            """
            UPDATE traceability_draw draw
               SET quantity = draw.quantity * %(quantity)s / total.quantity
              FROM (SELECT abs(sum(quantity)) AS quantity FROM traceability_draw
                     WHERE move_line_id = %(line)s) total
             WHERE draw.move_line_id = %(line)s AND total.quantity > 0
            """,
            line=line_id,
            quantity=quantity,
        )
    )


def get_balance(env, line):
    """Return what was on hand of an untracked product right after a line.

    Read from the finished move lines, so that a backfill finds what was so then.
    """
    env["stock.move.line"].flush_model()
    ((balance,),) = env.execute_query(
        SQL(
            """
            SELECT COALESCE(sum(
                       CASE WHEN %(target)s THEN other.quantity_product_uom ELSE 0 END
                     - CASE WHEN %(source)s THEN other.quantity_product_uom ELSE 0 END), 0)
              FROM stock_move_line other
              JOIN stock_location source ON source.id = other.location_id
              JOIN stock_location target ON target.id = other.location_dest_id
             WHERE other.product_id = %(product)s
               AND other.company_id = %(company)s
               AND other.state = 'done'
               AND other.lot_id IS NULL
               AND (other.date, other.id) <= (%(date)s, %(line)s)
            """,
            product=line.product_id.id,
            company=line.company_id.id,
            date=line.date,
            line=line.id,
            source=is_inside(SQL("source")),
            target=is_inside(SQL("target")),
        )
    )
    return float(balance)


def get_external(env, vals):
    """Return the id of an external node, inserted unless it is there.

    Two messages may name the same lot at once: the unique index decides.
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_node (kind, %s, occurred_at, create_date)
            VALUES ('external', %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
            ON CONFLICT (COALESCE(system_id, 0), company_id, COALESCE(item_code, ''), name)
                  WHERE kind = 'external' DO UPDATE SET name = EXCLUDED.name
            RETURNING id
            """,
            SQL(", ").join(map(SQL.identifier, vals)),
            SQL(", ").join(SQL("%s", value or None) for value in vals.values()),
        )
    )
    return env.cr.fetchone()[0]
