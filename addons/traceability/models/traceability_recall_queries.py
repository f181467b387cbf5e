"""Statements of recalls."""

from odoo.tools import SQL


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
