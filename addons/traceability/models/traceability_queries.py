"""The walks over the genealogy: one statement each."""

from odoo.tools import SQL

from ..lib.paths import shortest_paths


def walk(cr, lot_ids, direction):
    """Follow production edges, one statement for the whole graph.

    UNION keeps each reached edge once, so that neither a cycle nor a thousand paths to
    the same lot cost anything.

    Indexes: traceability_edge__forward_index, traceability_edge__backward_index.

    :returns: list of ``(lot id, depth, path)``, each lot once, by a shortest path.
    """
    source, target = SQL("input_lot_id"), SQL("output_lot_id")
    if direction == "backward":
        source, target = target, source
    cr.execute(
        SQL(
            """
            WITH RECURSIVE reached (lot_id, from_lot_id) AS (
                SELECT lot_id, NULL::integer FROM unnest(%(lots)s) AS lot_id
                UNION
                SELECT e.%(target)s, e.%(source)s
                  FROM reached r
                  JOIN traceability_edge e ON e.%(source)s = r.lot_id
                 WHERE e.%(target)s IS NOT NULL
            )
            SELECT lot_id, from_lot_id FROM reached
            """,
            lots=list(lot_ids),
            source=source,
            target=target,
        )
    )
    return shortest_paths(lot_ids, cr.fetchall())


def net_shipments(cr, lot_ids):
    """Return what customers have, returns taken off.

    Index: traceability_edge__forward_index, traceability_edge__backward_index.

    :returns: rows ``(partner id, lot id, product id, net quantity, picking ids)``
    """
    cr.execute(
        SQL(
            """
        SELECT partner_id, lot_id, product_id, sum(quantity) AS net,
               array_agg(DISTINCT picking_id) FILTER (WHERE picking_id IS NOT NULL)
          FROM (
            SELECT partner_id, input_lot_id AS lot_id, product_id, quantity, picking_id
              FROM traceability_edge
             WHERE kind = 'shipment' AND input_lot_id = ANY(%(lots)s)
            UNION ALL
            SELECT partner_id, output_lot_id, product_id, -quantity, NULL
              FROM traceability_edge
             WHERE kind = 'customer_return' AND output_lot_id = ANY(%(lots)s)
          ) movement
         GROUP BY partner_id, lot_id, product_id
        HAVING sum(quantity) > 0
         ORDER BY partner_id, lot_id
        """,
            lots=list(lot_ids),
        )
    )
    return cr.fetchall()
