"""Every hand-written statement over the genealogy, with the index it needs.

| function | index |
|---|---|
| `walk`, `walk_links` | `traceability_edge` forward and backward, which cover the way; returns |
| `store_movements`, `delete_movements` | `traceability_edge` (move_line_id, …) |

None of them checks access: callers do.
"""

from odoo.tools import SQL

NEAR_FAR = {
    "forward": (SQL("input_vertex"), SQL("output_vertex")),
    "backward": (SQL("output_vertex"), SQL("input_vertex")),
}
LINK = SQL("edge.input_vertex, edge.output_vertex, edge.confidence")
STEP = SQL(
    "%s, edge.id, edge.kind, edge.quantity::float8, edge.product_id, edge.move_id,"
    " edge.picking_id, edge.production_id, edge.partner_id",
    LINK,
)
# What crossing from one kind of place to another is for a lot, and at which end of its
# edge the lot stands. A drop shipment is both of its rows.
STEPS = SQL(
    """(VALUES
    ('supplier', 'inside', 'receipt', 'output'),
    ('inside', 'customer', 'shipment', 'input'),
    ('supplier', 'customer', 'receipt', 'output'),
    ('supplier', 'customer', 'shipment', 'input'),
    ('customer', 'inside', 'customer_return', 'output'),
    ('inside', 'supplier', 'vendor_return', 'input'),
    ('customer', 'supplier', 'customer_return', 'output'),
    ('customer', 'supplier', 'vendor_return', 'input'),
    ('inside', 'inside', 'internal', 'input'),
    ('inside', 'inventory', 'adjustment', 'input'),
    ('inventory', 'inside', 'adjustment', 'output'),
    ('production', 'inventory', 'scrap', 'input'),
    ('inside', 'production', 'consumption', 'input'),
    ('production', 'inside', 'production', 'output')
)"""
)

# Between two companies goods are neither's: core's location for it and what is below. The
# one has shipped them, the other receives them.
BETWEEN = SQL(
    """(SELECT between.parent_path || '%%' FROM ir_model_data known
          JOIN stock_location between ON between.id = known.res_id
         WHERE known.module = 'stock' AND known.name = 'stock_location_inter_company')"""
)
# A return goes the other way; a return of a return is none.
IS_RETURN = SQL(
    """EXISTS (SELECT FROM stock_move origin WHERE origin.id = move.origin_returned_move_id
                   AND origin.origin_returned_move_id IS NULL)"""
)


def is_between(location):
    """Return the condition that a location, an alias, is between two companies."""
    return SQL("(%s.usage = 'transit' AND %s.parent_path LIKE %s)", location, location, BETWEEN)


def is_inside(location):
    """Return the condition that goods at a location, an alias, are a company's own."""
    return SQL(
        "(%s.usage IN ('internal', 'transit') AND NOT %s)", location, is_between(location)
    )


def usage(location, forth, back):
    """Return the usage of the end of a move, as SQL on ``move``.

    :param location: alias of the place.
    :param forth: what it is for a move when it is between two companies; ``back``: for a
        return.
    """
    return SQL(
        "CASE WHEN %s THEN CASE WHEN %s THEN %s ELSE %s END ELSE %s.usage END",
        is_between(location),
        IS_RETURN,
        back,
        forth,
        location,
    )


SOURCE_USAGE = usage(SQL("source"), "supplier", "customer")
TARGET_USAGE = usage(SQL("target"), "customer", "supplier")


def partner(is_drop):
    """Return who is on the other side, as SQL: whom the transfer names.

    The transfer of a drop shipment names the vendor, and its move the customer; a return
    of it has the vendor on both.

    :param is_drop: from aliases of a move and of the place it starts from, the condition
        that what it delivers comes straight from whoever supplies or makes it.
    """
    return SQL(
        """CASE WHEN step.kind = 'shipment' AND %s
                THEN COALESCE(move.partner_id, picking.partner_id)
                WHEN step.kind = 'customer_return'
                THEN COALESCE((SELECT shipped.partner_id FROM stock_move shipped
                                 JOIN stock_location origin
                                   ON origin.id = shipped.location_id
                                WHERE shipped.id = move.origin_returned_move_id AND %s),
                              picking.partner_id, move.partner_id)
                ELSE COALESCE(picking.partner_id, move.partner_id) END""",
        is_drop(SQL("move"), SQL("source")),
        is_drop(SQL("shipped"), SQL("origin")),
    )


def as_array(values):
    """Return an array of numbers, texts or moments as PostgreSQL writes it.

    It is parsed as one text, which takes a fraction of what as many parameters take.
    """
    return f"{{{','.join(map(_as_element, values))}}}"


def _as_element(value):
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def walk(env, vertices, direction, company_ids):
    """Return every edge that can be reached, and the borders: receipts, shipments.

    One statement. ``UNION`` keeps each vertex once, so that neither a cycle nor a
    thousand paths to the same lot cost anything. Both parts are LATERAL so that the
    planner, which cannot know how much a walk finds, always takes the index: a table
    without statistics would be read as a whole for each lot of a chain.
    Moves inside the company are no steps of a walk.

    :param vertices: lots, or negative ids of nodes.
    :param direction: ``forward`` (what they became) or ``backward``.
    :param company_ids: edges of other companies are not followed.
    :returns: rows as ``lib.genealogy.Step``.
    """
    near, _far = NEAR_FAR[direction]
    parts = [SQL("edge.%s = reached.vertex AND edge.kind <> 'internal'", near)]
    if direction == "forward":  # what came back is no way on, and belongs to the answer
        parts.append(
            SQL("edge.output_vertex = reached.vertex AND edge.kind = 'customer_return'")
        )
    return _walk(env, vertices, direction, company_ids, STEP, parts)


def walk_links(env, vertices, direction, company_ids):
    """Return what leads from vertex to vertex, as ``lib.genealogy.Closure`` takes it.

    Both parts find everything in the index.
    """
    near, far = NEAR_FAR[direction]
    part = SQL(
        "edge.%s = reached.vertex AND edge.%s IS NOT NULL AND edge.kind <> 'internal'",
        near,
        far,
    )
    return _walk(env, vertices, direction, company_ids, LINK, [part])


def _walk(env, vertices, direction, company_ids, columns, parts):
    near, far = NEAR_FAR[direction]
    companies = list(company_ids)
    # Compiling such a statement costs more than running it.
    env.cr.execute("SET LOCAL jit = off")
    env.cr.execute(
        SQL(
            """
            WITH RECURSIVE reached (vertex) AS (
                SELECT unnest(%(vertices)s)
                 UNION
                SELECT edge.vertex FROM reached CROSS JOIN LATERAL (
                    SELECT edge.%(far)s AS vertex FROM traceability_edge edge
                     WHERE edge.%(near)s = reached.vertex AND edge.%(far)s IS NOT NULL
                       AND edge.kind <> 'internal'
                       AND edge.company_id = ANY(%(companies)s)
                    OFFSET 0
                ) edge
            )
            %(found)s
            """,
            vertices=list(vertices),
            near=near,
            far=far,
            companies=companies,
            found=SQL(" UNION ALL ").join(
                SQL(
                    """
                    SELECT edge.* FROM reached CROSS JOIN LATERAL (
                        SELECT %(columns)s FROM traceability_edge edge
                         WHERE %(part)s AND edge.company_id = ANY(%(companies)s)
                        OFFSET 0
                    ) edge
                    """,
                    columns=columns,
                    part=part,
                    companies=companies,
                )
                for part in parts
            ),
        )
    )
    return env.cr.fetchall()


def movements(
    lines, *, extra_joins, is_transformation, occurred_at, source_usage, is_drop
):
    """Return the statement that says which movements a set of finished lines is.

    Posting, backfill and the nightly check ask the same question of different lines.

    :param lines: a condition on ``line``, a ``stock_move_line``.
    :param is_transformation: true for a move whose edges its document writes.
    :param occurred_at: when it happened.
    :param source_usage: where it came from, as usages of places.
    :param is_drop: see :func:`partner`.
    """
    return SQL(
        """
        SELECT line.id AS move_line_id, move.id AS move_id,
               CASE WHEN move.scrap_id IS NOT NULL AND step.kind = 'adjustment'
                    THEN 'scrap' ELSE step.kind END AS kind,
               step.side, line.lot_id, draw.node_id, line.product_id, template.uom_id,
               abs(COALESCE(draw.quantity, line.quantity_product_uom)) AS quantity,
               CASE WHEN draw.node_id IS NULL THEN 'exact' ELSE 'assumed' END AS confidence,
               %(partner)s AS partner_id,
               move.picking_id, move.reference, line.location_id, line.location_dest_id,
               line.package_id, line.result_package_id,
               %(occurred_at)s AS occurred_at, line.company_id,
               %(is_transformation)s AS is_transformation
          FROM stock_move_line line
          JOIN stock_move move ON move.id = line.move_id
          JOIN stock_location source ON source.id = line.location_id
          JOIN stock_location target ON target.id = line.location_dest_id
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
          LEFT JOIN stock_picking picking ON picking.id = move.picking_id
          LEFT JOIN LATERAL (SELECT node_id, sum(quantity) AS quantity
                               FROM traceability_draw
                              WHERE move_line_id = line.id AND line.lot_id IS NULL
                              GROUP BY node_id) draw ON TRUE
          JOIN %(steps)s step (source, target, kind, side)
            ON step.source = CASE WHEN %(source_usage)s IN ('internal', 'transit')
                                  THEN 'inside' ELSE %(source_usage)s END
           AND step.target = CASE WHEN %(target_usage)s IN ('internal', 'transit')
                                  THEN 'inside' ELSE %(target_usage)s END
               %(extra_joins)s
         WHERE %(lines)s
           AND line.state = 'done'
           AND line.quantity_product_uom > 0
           AND (line.lot_id IS NOT NULL OR draw.quantity <> 0)
        """,
        partner=partner(is_drop),
        is_transformation=is_transformation,
        occurred_at=occurred_at,
        source_usage=source_usage,
        target_usage=TARGET_USAGE,
        steps=STEPS,
        extra_joins=extra_joins,
        lines=lines,
    )


def store_movements(env, movement, extra_columns):
    """Insert the edges of movements; those that are there already stay.

    :param movement: see :func:`movements`.
    :param extra_columns: column → expression, of glue addons.
    """
    names = SQL("").join(SQL(", %s", SQL.identifier(name)) for name in extra_columns)
    values = SQL("").join(SQL(", %s", value) for value in extra_columns.values())
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_edge
                   (kind, input_lot_id, input_node_id, input_vertex,
                    output_lot_id, output_node_id, output_vertex,
                    product_id, uom_id, quantity, confidence, partner_id, move_line_id,
                    move_id, picking_id, reference, location_id, location_dest_id,
                    package_id, result_package_id, occurred_at, company_id %(names)s)
            SELECT kind,
                   CASE side WHEN 'input' THEN lot_id END,
                   CASE side WHEN 'input' THEN node_id END,
                   CASE side WHEN 'input' THEN COALESCE(lot_id, -node_id) END,
                   CASE side WHEN 'output' THEN lot_id END,
                   CASE side WHEN 'output' THEN node_id END,
                   CASE side WHEN 'output' THEN COALESCE(lot_id, -node_id) END,
                   product_id, uom_id, quantity, confidence, partner_id, move_line_id,
                   move_id, picking_id, reference, location_id, location_dest_id,
                   package_id, result_package_id, occurred_at, company_id %(values)s
              FROM (%(movement)s) movement
             WHERE NOT is_transformation
            ON CONFLICT DO NOTHING
            """,
            names=names,
            values=values,
            movement=movement,
        )
    )
    return env.cr.rowcount


def delete_movements(env, line_ids):
    """Delete the edges of lines that were corrected, to be written anew."""
    env.cr.execute(
        SQL("DELETE FROM traceability_edge WHERE move_line_id = ANY(%s)", line_ids)
    )


def empty_missing_ends(env, edge_ids):
    """Let a vertex of zero be none."""
    env.cr.execute(
        SQL(
            """
            UPDATE traceability_edge
               SET input_vertex = NULLIF(input_vertex, 0),
                   output_vertex = NULLIF(output_vertex, 0)
             WHERE id = ANY(%s) AND (input_vertex = 0 OR output_vertex = 0)
            """,
            edge_ids,
        )
    )
