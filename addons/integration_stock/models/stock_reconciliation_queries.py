"""All SQL of this addon. Every statement names its index."""

from odoo.tools import SQL

from odoo.addons.integration_core.lib.reconciliation import DEFAULT_MEASURE


def stock_as_of(location_ids, as_of):
    """Return the query for stock by item, lot and location at a moment.

    What is there now, less what came in since, plus what went out since. The line's
    date is when it was done; production rewrites the move's.

    Indexes: stock_quant__location_id_index, stock_move_line_done_date_index.

    :param as_of: naive UTC.
    """
    return SQL(
        """
        SELECT product_id AS key_1, COALESCE(lot_id, 0) AS key_2, location_id AS key_3,
               0 AS key_4, %(measure)s::varchar AS measure, sum(quantity) AS quantity
          FROM (
            SELECT product_id, lot_id, location_id, quantity
              FROM stock_quant WHERE location_id = ANY(%(locations)s)
            UNION ALL
            SELECT line.product_id, line.lot_id, place.location_id,
                   place.sign * line.quantity_product_uom
              FROM stock_move_line line
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             CROSS JOIN LATERAL (VALUES (line.location_dest_id, -1), (line.location_id, 1))
                   AS place (location_id, sign)
             WHERE line.state = 'done' AND line.date > %(as_of)s
               AND template.is_storable AND place.location_id = ANY(%(locations)s)
          ) stock
         GROUP BY product_id, lot_id, location_id
        HAVING sum(quantity) <> 0
        """,
        locations=location_ids,
        as_of=as_of,
        measure=DEFAULT_MEASURE,
    )
