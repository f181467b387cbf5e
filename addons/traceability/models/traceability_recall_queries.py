"""Statements of recalls: the answer is written by the database, however large it is.

Each takes the affected vertices as the text of one array: quickly parsed, and the planner
knows its size, so that nothing written before in the transaction has to be analysed first.
Indexes: `traceability_edge` forward, backward and returns; core's of quants and our own of
move lines by lot.
"""

from odoo.tools import SQL

from .traceability_queries import as_array, is_inside

LOT_AND_NODE = SQL(
    "CASE WHEN vertex > 0 THEN vertex END, CASE WHEN vertex < 0 THEN -vertex END"
)
# A child goes before its parent. The answer's rows have no foreign key to their recall:
# checking it row by row would cost more than writing them.
ANSWER = ("stock", "use", "neighbour", "balance", "customer", "line")


def delete_answers(env, recall_ids):
    """Delete the answers of recalls."""
    env.cr.execute(
        SQL(
            """
            DELETE FROM traceability_recall_customer_picking_rel delivery
             USING traceability_recall_customer customer
             WHERE customer.id = delivery.customer_id AND customer.recall_id = ANY(%s)
            """,
            list(recall_ids),
        )
    )
    for part in (*ANSWER, "production_rel"):
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE recall_id = ANY(%s)",
                SQL.identifier(f"traceability_recall_{part}"),
                list(recall_ids),
            )
        )


def find_lot_names(env, lot_ids):
    """Return ``{lot id: name}``, without a record in the cache for each."""
    return dict(
        env.execute_query(
            SQL(
                "SELECT lot.id, lot.name FROM unnest(%s::int[]) one (id)"
                " JOIN stock_lot lot USING (id)",
                as_array(lot_ids),
            )
        )
    )


def prepare(env):
    """Let this transaction hash and sort an answer in memory."""
    env.cr.execute("SET LOCAL work_mem = '64MB'")


def insert_lines(env, recall_id, company_id, rows):
    """Insert the affected lots.

    :param rows: ``(vertex, depth, path, confidence, is_start)``
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_line
                   (recall_id, company_id, vertex, lot_id, node_id, depth, path,
                    confidence, is_start)
            SELECT %s, %s, vertex, %s, depth, path, confidence, is_start
              FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::bool[])
                   line (vertex, depth, path, confidence, is_start)
            """,
            recall_id,
            company_id,
            LOT_AND_NODE,
            *(as_array(column) for column in zip(*rows, strict=True)),
        )
    )


def insert_stock(env, recall_id, company_id, vertices):
    """Insert what is on hand or on the way between warehouses, by place.

    Of a batch without lot, all stock without lot of its product may be. Where more of a lot
    was taken than there was is said too: elsewhere there is less of it than is booked.
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_stock
                   (recall_id, company_id, lot_id, node_id, product_id, location_id,
                    is_transit, quantity, reserved_quantity)
            SELECT %(recall)s, %(company)s, stock.lot_id, stock.node_id, stock.product_id,
                   stock.location_id, location.usage = 'transit', sum(stock.quantity),
                   sum(stock.reserved_quantity)
              FROM (SELECT quant.lot_id, NULL::int AS node_id, quant.product_id,
                           quant.location_id, quant.company_id, quant.quantity,
                           quant.reserved_quantity
                      FROM unnest(%(vertices)s::int[]) vertex
                      JOIN stock_quant quant ON quant.lot_id = vertex
                     UNION ALL
                    SELECT NULL, node.id, quant.product_id, quant.location_id,
                           quant.company_id, quant.quantity, quant.reserved_quantity
                      FROM traceability_node node
                      JOIN stock_quant quant ON quant.product_id = node.product_id
                     WHERE node.id = ANY(%(nodes)s) AND node.kind = 'untracked'
                       AND node.is_used_up IS NOT TRUE AND quant.lot_id IS NULL) stock
              JOIN stock_location location ON location.id = stock.location_id
             WHERE %(inside)s
               AND (stock.company_id = %(company)s OR stock.company_id IS NULL)
             GROUP BY stock.lot_id, stock.node_id, stock.product_id, stock.location_id,
                      location.usage
            HAVING CASE WHEN stock.lot_id IS NULL THEN sum(stock.quantity) > 0
                        ELSE sum(stock.quantity) <> 0 END
             ORDER BY stock.product_id, stock.lot_id, stock.location_id
            """,
            recall=recall_id,
            company=company_id,
            inside=is_inside(SQL("location")),
            vertices=as_array(vertices),
            nodes=[-vertex for vertex in vertices if vertex < 0],
        )
    )


def insert_open_uses(env, recall_id, company_id, vertices):
    """Insert what is reserved or in production now.

    Of a batch without lot, all that is reserved without lot of its product may be.
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_use
                   (recall_id, company_id, kind, lot_id, node_id, product_id, quantity,
                    reference, res_model, res_id, partner_id)
            SELECT %(recall)s, %(company)s,
                   CASE WHEN move.raw_material_production_id IS NOT NULL
                        THEN 'in_progress' ELSE 'reserved' END,
                   open.lot_id, open.node_id, open.product_id,
                   sum(open.quantity_product_uom),
                   move.reference,
                   CASE WHEN move.raw_material_production_id IS NOT NULL
                        THEN 'mrp.production'
                        WHEN move.picking_id IS NOT NULL THEN 'stock.picking'
                        ELSE 'stock.move' END,
                   COALESCE(move.raw_material_production_id, move.picking_id, move.id),
                   COALESCE(picking.partner_id, move.partner_id)
              FROM (SELECT line.*, NULL::int AS node_id
                      FROM unnest(%(vertices)s::int[]) vertex
                      JOIN stock_move_line line ON line.lot_id = vertex
                     UNION ALL
                    SELECT line.*, node.id
                      FROM traceability_node node
                      JOIN stock_move_line line ON line.product_id = node.product_id
                     WHERE node.id = ANY(%(nodes)s) AND node.kind = 'untracked'
                       AND node.is_used_up IS NOT TRUE AND line.lot_id IS NULL) open
              JOIN stock_move move ON move.id = open.move_id
              JOIN stock_location source ON source.id = open.location_id
               AND %(inside)s
              LEFT JOIN stock_picking picking ON picking.id = move.picking_id
             WHERE open.state NOT IN ('done', 'cancel') AND open.quantity_product_uom > 0
               AND open.company_id = %(company)s
             GROUP BY open.lot_id, open.node_id, open.product_id, move.id, picking.id
            """,
            recall=recall_id,
            company=company_id,
            inside=is_inside(SQL("source")),
            vertices=as_array(vertices),
            nodes=[-vertex for vertex in vertices if vertex < 0],
        )
    )


def count_productions(env, recall_id):
    """Return how many orders an answer names."""
    ((count,),) = env.execute_query(
        SQL(
            "SELECT count(*) FROM traceability_recall_production_rel"
            " WHERE recall_id = %s",
            recall_id,
        )
    )
    return count


def insert_neighbours(env, recall_id, company_id, vertices, limit):
    """Insert lots near the suspect ones that are not affected, and why they are near."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_neighbour
                   (recall_id, company_id, lot_id, suspect_lot_id, nearness)
            SELECT DISTINCT ON (lot.id) %(recall)s, %(company)s, lot.id, line.lot_id,
                   CASE WHEN near.picking_id IS NOT NULL THEN 'receipt' ELSE 'product' END
              FROM (SELECT vertex, lot_id, depth FROM traceability_recall_line
                     WHERE recall_id = %(recall)s AND lot_id IS NOT NULL AND depth <= 1
                     ORDER BY depth, id LIMIT %(limit)s) line
              JOIN stock_lot suspect ON suspect.id = line.lot_id
              CROSS JOIN LATERAL (
                   (SELECT other.output_lot_id AS lot_id, other.picking_id
                      FROM traceability_edge own
                      JOIN stock_move_line beside ON beside.picking_id = own.picking_id
                      JOIN traceability_edge other ON other.move_line_id = beside.id
                     WHERE own.output_vertex = line.vertex AND own.kind = 'receipt'
                       AND other.kind = 'receipt' LIMIT %(limit)s)
                    UNION ALL
                   (SELECT id, NULL FROM stock_lot sibling
                     WHERE sibling.product_id = suspect.product_id
                       AND sibling.id < suspect.id ORDER BY sibling.id DESC LIMIT 5)
                    UNION ALL
                   (SELECT id, NULL FROM stock_lot sibling
                     WHERE sibling.product_id = suspect.product_id
                       AND sibling.id > suspect.id ORDER BY sibling.id LIMIT 5)) near
              JOIN stock_lot lot ON lot.id = near.lot_id
             WHERE (lot.company_id = %(company)s OR lot.company_id IS NULL)
               AND NOT EXISTS (SELECT FROM unnest(%(vertices)s::int[]) vertex
                                WHERE vertex = lot.id)
             ORDER BY lot.id, near.picking_id NULLS LAST, line.depth
             LIMIT %(limit)s
            """,
            recall=recall_id,
            company=company_id,
            vertices=as_array(vertices),
            limit=limit,
        )
    )


def find_outside(env, company_id, vertices):
    """Return the ids of other companies that have steps or stock of what is affected."""
    rows = env.execute_query(
        SQL(
            """
            SELECT DISTINCT company_id
              FROM unnest(%(vertices)s::int[]) vertex
             CROSS JOIN LATERAL (
                   SELECT company_id FROM traceability_edge
                    WHERE input_vertex = vertex AND kind <> 'internal'
                    UNION ALL
                   SELECT quant.company_id FROM stock_quant quant
                     JOIN stock_location location ON location.id = quant.location_id
                    WHERE quant.lot_id = vertex AND quant.quantity > 0
                      AND location.usage IN ('internal', 'transit')) other
             WHERE company_id <> %(company)s
               AND (SELECT count(*) FROM res_company) > 1
             ORDER BY company_id
            """,
            vertices=as_array(vertices),
            company=company_id,
        )
    )
    return [number for (number,) in rows]


def compare_lines(env, before_id, after_id):
    """Return ``(vertices only before, vertices only after)``."""
    rows = env.execute_query(
        SQL(
            """
            SELECT COALESCE(before.vertex, after.vertex), after.vertex IS NULL
              FROM (SELECT vertex FROM traceability_recall_line WHERE recall_id = %s) before
              FULL JOIN (SELECT vertex FROM traceability_recall_line
                          WHERE recall_id = %s) after ON after.vertex = before.vertex
             WHERE before.vertex IS NULL OR after.vertex IS NULL
             ORDER BY 1
            """,
            before_id,
            after_id,
        )
    )
    return [v for v, gone in rows if gone], [v for v, gone in rows if not gone]
