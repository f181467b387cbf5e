"""Statements of recalls: the answer is written by the database, however large it is.

Each reads the affected vertices from the lines of the recall, which come first.
Indexes: `traceability_recall_line` (recall_id); `traceability_edge` forward and backward;
core's of quants and our own of move lines by lot.
"""

from odoo.tools import SQL

WENT_IN = ("production", "unbuild", "repair", "relabel", "consumption", "reported")


def insert_lines(env, recall_id, company_id, rows):
    """Insert the affected lots.

    :param rows: ``(vertex, depth, path, confidence, is_start)``
    """
    columns = list(zip(*rows, strict=True)) or [()] * 5
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_line
                   (recall_id, company_id, vertex, lot_id, node_id, depth, path,
                    confidence, is_start)
            SELECT %s, %s, vertex, CASE WHEN vertex > 0 THEN vertex END,
                   CASE WHEN vertex < 0 THEN -vertex END, depth, path, confidence, is_start
              FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::bool[])
                   AS found (vertex, depth, path, confidence, is_start)
            """,
            recall_id,
            company_id,
            *map(list, columns),
        )
    )
    env.cr.execute("ANALYZE traceability_recall_line")


def insert_stock(env, recall_id):
    """Insert what is on hand or on the way between warehouses, by place."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_stock
                   (recall_id, company_id, lot_id, node_id, product_id, location_id,
                    is_transit, quantity, reserved_quantity)
            SELECT line.recall_id, line.company_id, line.lot_id, line.node_id,
                   quant.product_id, quant.location_id, location.usage = 'transit',
                   sum(quant.quantity), sum(quant.reserved_quantity)
              FROM (SELECT line.*, lot.product_id
                      FROM traceability_recall_line line
                      JOIN stock_lot lot ON lot.id = line.lot_id
                     WHERE line.recall_id = %(recall)s
                     UNION ALL
                    SELECT line.*, node.product_id
                      FROM traceability_recall_line line
                      JOIN traceability_node node ON node.id = line.node_id
                     WHERE line.recall_id = %(recall)s AND node.kind = 'untracked'
                       AND node.is_used_up IS NOT TRUE) line
              CROSS JOIN LATERAL (
                   SELECT * FROM stock_quant WHERE lot_id = line.lot_id
                    UNION ALL
                   SELECT * FROM stock_quant
                    WHERE line.lot_id IS NULL AND lot_id IS NULL
                      AND product_id = line.product_id) quant
              JOIN stock_location location ON location.id = quant.location_id
             WHERE location.usage IN ('internal', 'transit')
               AND (quant.company_id = line.company_id OR quant.company_id IS NULL)
             GROUP BY line.id, line.recall_id, line.company_id, line.lot_id, line.node_id,
                      quant.product_id, quant.location_id, location.usage
            HAVING sum(quant.quantity) > 0
            """,
            recall=recall_id,
        )
    )


def insert_uses(env, recall_id):
    """Insert what became of affected lots inside: open, consumed, scrapped, sent back."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_use
                   (recall_id, company_id, kind, lot_id, node_id, product_id, quantity,
                    reference, res_model, res_id, partner_id)
            SELECT line.recall_id, line.company_id,
                   CASE WHEN move.raw_material_production_id IS NOT NULL
                        THEN 'in_progress' ELSE 'reserved' END,
                   line.lot_id, NULL, open.product_id, sum(open.quantity_product_uom),
                   move.reference,
                   CASE WHEN move.raw_material_production_id IS NOT NULL
                        THEN 'mrp.production'
                        WHEN move.picking_id IS NOT NULL THEN 'stock.picking'
                        ELSE 'stock.move' END,
                   COALESCE(move.raw_material_production_id, move.picking_id, move.id),
                   COALESCE(picking.partner_id, move.partner_id)
              FROM traceability_recall_line line
              JOIN stock_move_line open ON open.lot_id = line.lot_id
              JOIN stock_move move ON move.id = open.move_id
              LEFT JOIN stock_picking picking ON picking.id = move.picking_id
             WHERE line.recall_id = %(recall)s
               AND open.state NOT IN ('done', 'cancel')
               AND open.company_id = line.company_id
             GROUP BY line.id, open.product_id, move.id, picking.id
             UNION ALL
            SELECT line.recall_id, line.company_id,
                   CASE edge.kind WHEN 'scrap' THEN 'scrapped'
                                  WHEN 'vendor_return' THEN 'vendor_return'
                                  ELSE 'consumed' END,
                   line.lot_id, line.node_id, edge.product_id, sum(edge.quantity),
                   CASE WHEN count(DISTINCT edge.reference) = 1 THEN min(edge.reference) END,
                   NULL, NULL, CASE WHEN edge.kind = 'vendor_return'
                                    THEN edge.partner_id END
              FROM traceability_recall_line line
              JOIN traceability_edge edge ON edge.input_vertex = line.vertex
               AND edge.kind = ANY(%(kinds)s) AND edge.company_id = line.company_id
             WHERE line.recall_id = %(recall)s
             GROUP BY line.id, edge.product_id, 3, 11
            """,
            recall=recall_id,
            kinds=[*WENT_IN, "scrap", "vendor_return"],
        )
    )


def insert_customers(env, recall_id):
    """Insert what customers have, returns taken off, with the deliveries."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_customer
                   (recall_id, company_id, partner_id, lot_id, node_id, vertex, product_id,
                    shipped_quantity, returned_quantity, quantity, reported_quantity)
            SELECT line.recall_id, line.company_id, edge.partner_id, line.lot_id,
                   line.node_id, line.vertex, edge.product_id,
                   COALESCE(sum(edge.quantity) FILTER (WHERE edge.kind = 'shipment'), 0),
                   COALESCE(sum(edge.quantity) FILTER (WHERE edge.kind <> 'shipment'), 0),
                   sum(CASE edge.kind WHEN 'shipment' THEN edge.quantity
                       ELSE -edge.quantity END), 0
              FROM traceability_recall_line line
              CROSS JOIN LATERAL (
                   SELECT kind, partner_id, product_id, quantity, company_id
                     FROM traceability_edge
                    WHERE input_vertex = line.vertex AND kind = 'shipment'
                    UNION ALL
                   SELECT kind, partner_id, product_id, quantity, company_id
                     FROM traceability_edge
                    WHERE output_vertex = line.vertex AND kind = 'customer_return') edge
             WHERE line.recall_id = %(recall)s AND edge.company_id = line.company_id
             GROUP BY line.id, edge.partner_id, edge.product_id
            HAVING sum(CASE edge.kind WHEN 'shipment' THEN edge.quantity
                       ELSE -edge.quantity END) > 1e-9
            """,
            recall=recall_id,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_customer_picking_rel (customer_id, picking_id)
            SELECT DISTINCT customer.id, edge.picking_id
              FROM traceability_recall_customer customer
              JOIN traceability_edge edge ON edge.input_vertex = customer.vertex
               AND edge.kind = 'shipment'
               AND edge.partner_id IS NOT DISTINCT FROM customer.partner_id
             WHERE customer.recall_id = %s AND edge.picking_id IS NOT NULL
            """,
            recall_id,
        )
    )


def insert_productions(env, recall_id):
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_production_rel (recall_id, production_id)
            SELECT DISTINCT line.recall_id, edge.production_id
              FROM traceability_recall_line line
              JOIN traceability_edge edge ON edge.input_vertex = line.vertex
             WHERE line.recall_id = %s AND edge.production_id IS NOT NULL
               AND edge.kind <> 'internal' AND edge.company_id = line.company_id
            """,
            recall_id,
        )
    )


def insert_neighbours(env, recall_id, limit):
    """Insert lots near the suspect ones that are not affected, and why they are near."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_neighbour
                   (recall_id, company_id, lot_id, suspect_lot_id, nearness)
            SELECT DISTINCT ON (lot.id) line.recall_id, line.company_id, lot.id,
                   line.lot_id,
                   CASE WHEN near.picking_id IS NOT NULL THEN 'receipt' ELSE 'product' END
              FROM (SELECT * FROM traceability_recall_line
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
             WHERE (lot.company_id = line.company_id OR lot.company_id IS NULL)
               AND NOT EXISTS (SELECT FROM traceability_recall_line affected
                                WHERE affected.recall_id = line.recall_id
                                  AND affected.vertex = lot.id)
             ORDER BY lot.id, near.picking_id NULLS LAST, line.depth
             LIMIT %(limit)s
            """,
            recall=recall_id,
            limit=limit,
        )
    )


def insert_balances(env, recall_id):
    """Insert the mass balance of the affected lots, by product."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_balance
                   (recall_id, company_id, product_id, received, made, returned, adjusted,
                    on_hand, consumed, shipped, scrapped, vendor_returned, gap)
            SELECT recall.id, recall.company_id, balance.key, received, made, returned,
                   adjusted, on_hand, consumed, shipped, scrapped, vendor_returned, gap
              FROM traceability_recall recall, (%s) balance
             WHERE recall.id = %s
            """,
            balances(
                SQL("product_id"),
                SQL(
                    "SELECT lot_id FROM traceability_recall_line WHERE recall_id = %s"
                    " AND lot_id IS NOT NULL",
                    recall_id,
                ),
                SQL(
                    "SELECT company_id FROM traceability_recall WHERE id = %s",
                    recall_id,
                ),
            ),
            recall_id,
        )
    )


def balances(key, lots, companies):
    """Return the statement of the mass balance of lots, from stock itself.

    Independent of the genealogy: finished move lines on one side, quants on the other.
    What came in = what is there + what went out; ``gap`` is what is missing.

    :param key: what to add up by, ``id`` (each lot) or ``product_id`` of the lots.
    :param lots: a subquery of lot ids; ``companies``: one of company ids.
    """

    def total(source, target, more):
        return SQL(
            "COALESCE(sum(quantity) FILTER (WHERE source IN %s AND target IN %s AND %s), 0)",
            source,
            target,
            more,
        )

    inside, always = ("inside",), SQL("TRUE")
    return SQL(
        """
        WITH lot AS MATERIALIZED (
             SELECT id, %(key)s AS key FROM stock_lot WHERE id IN (%(lots)s)),
        place AS MATERIALIZED (
             SELECT id, CASE WHEN usage IN ('internal', 'transit') THEN 'inside'
                             ELSE usage END AS usage FROM stock_location),
        moved AS (
             SELECT key, %(received)s AS received, %(made)s AS made,
                    %(returned)s AS returned, %(found)s - %(lost)s AS adjusted,
                    %(consumed)s AS consumed, %(shipped)s AS shipped,
                    %(scrapped)s AS scrapped, %(vendor_returned)s AS vendor_returned
               FROM (SELECT lot.key, line.quantity_product_uom AS quantity,
                            source.usage AS source, target.usage AS target,
                            target.usage = 'inventory' AND move.scrap_id IS NOT NULL
                            AS is_scrap
                       FROM lot
                       JOIN stock_move_line line ON line.lot_id = lot.id
                       JOIN place source ON source.id = line.location_id
                       JOIN place target ON target.id = line.location_dest_id
                       LEFT JOIN stock_move move
                              ON move.id = line.move_id AND target.usage = 'inventory'
                      WHERE line.state = 'done' AND source.usage <> target.usage
                        AND line.company_id IN (%(companies)s)) step
              GROUP BY key),
        stocked AS (
             SELECT lot.key, sum(quant.quantity) AS on_hand
               FROM lot
               JOIN stock_quant quant ON quant.lot_id = lot.id
               JOIN place ON place.id = quant.location_id AND place.usage = 'inside'
              WHERE quant.company_id IN (%(companies)s) OR quant.company_id IS NULL
              GROUP BY lot.key),
        total AS (
             SELECT keys.key, COALESCE(received, 0) AS received, COALESCE(made, 0) AS made,
                    COALESCE(returned, 0) AS returned, COALESCE(adjusted, 0) AS adjusted,
                    COALESCE(on_hand, 0) AS on_hand, COALESCE(consumed, 0) AS consumed,
                    COALESCE(shipped, 0) AS shipped, COALESCE(scrapped, 0) AS scrapped,
                    COALESCE(vendor_returned, 0) AS vendor_returned
               FROM (SELECT DISTINCT key FROM lot) keys
               LEFT JOIN moved USING (key)
               LEFT JOIN stocked USING (key))
        SELECT total.*, received + made + returned + adjusted - on_hand - consumed
               - shipped - scrapped - vendor_returned AS gap
          FROM total
        """,
        key=key,
        lots=lots,
        companies=companies,
        received=total(("supplier",), ("inside", "customer"), always),
        made=total(("production",), inside, always),
        returned=total(("customer",), ("inside", "supplier"), always),
        found=total(("inventory",), inside, always),
        lost=total(inside, ("inventory",), SQL("NOT is_scrap")),
        consumed=total(inside, ("production",), always),
        shipped=total(("inside", "supplier"), ("customer",), always),
        scrapped=total(inside, ("inventory",), SQL("is_scrap")),
        vendor_returned=total(("inside", "customer"), ("supplier",), always),
    )


def find_balances(env, lot_ids, company_ids):
    """Return ``{lot id: {received, made, …, gap}}``."""
    env.flush_all()
    env.cr.execute(
        balances(
            SQL("id"),
            SQL("SELECT unnest(%s)", list(lot_ids)),
            SQL("SELECT unnest(%s)", list(company_ids)),
        )
    )
    return {row.pop("key"): row for row in env.cr.dictfetchall()}


def count_accounted(env, recall_id):
    """Return the share of what came in that is accounted for, 0 to 1."""
    ((share,),) = env.execute_query(
        SQL(
            """
            SELECT COALESCE(avg(CASE WHEN total > 0
                   THEN greatest(0, 1 - abs(gap) / total) ELSE 1 END), 1)
              FROM (SELECT gap, received + made + returned AS total
                      FROM traceability_recall_balance WHERE recall_id = %s) balance
            """,
            recall_id,
        )
    )
    return float(share)


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
