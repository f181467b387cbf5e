"""All SQL of this addon. Every statement names its index."""

from odoo.tools import SQL


def production_as_of(company_id, since, as_of, plants):
    """Return the query for what orders made, used and scrapped up to a moment.

    Good units are those made less those scrapped; both are on the order's own moves.

    Indexes: mes_order__company_id_index, mrp_production__production_group_id_index,
    stock_move__raw_material_production_id_index, stock_move__production_id_index,
    stock_move_line__move_id_index.

    :param since: orders closed before are left out; naive UTC, as is ``as_of``.
    :param plants: ids of the warehouses that count; none: all of the company.
    """
    return SQL(
        """
        WITH covered AS (
            SELECT mes_order.id, mes_order.production_group_id, mes_order.product_id
              FROM mes_order
              JOIN mrp_production made ON made.id = mes_order.production_id
              JOIN stock_picking_type kind ON kind.id = made.picking_type_id
             WHERE mes_order.company_id = %(company)s
               AND mes_order.released_at <= %(as_of)s
               AND mes_order.state <> 'cancelled'
               AND (mes_order.closed_at IS NULL OR mes_order.closed_at >= %(since)s)
               AND (cardinality(%(plants)s::int[]) = 0
                    OR kind.warehouse_id = ANY(%(plants)s::int[]))
        ), posted AS (
            SELECT covered.id AS order_id, covered.product_id AS made_id,
                   line.product_id, COALESCE(line.lot_id, 0) AS lot_id,
                   move.raw_material_production_id IS NOT NULL AS is_raw,
                   move.scrap_id IS NOT NULL AS is_scrap,
                   line.quantity_product_uom AS quantity
              FROM covered
              JOIN mrp_production production
                ON production.production_group_id = covered.production_group_id
              JOIN stock_move move
                ON move.raw_material_production_id = production.id
                OR move.production_id = production.id
              JOIN stock_move_line line ON line.move_id = move.id
             WHERE line.state = 'done' AND line.date <= %(as_of)s
        ), figures AS (
            SELECT id AS order_id, 0 AS product_id, 0 AS lot_id, 'order' AS measure,
                   1 AS quantity FROM covered
            UNION ALL
            SELECT order_id, product_id, lot_id, 'consumed', quantity
              FROM posted WHERE is_raw AND NOT is_scrap
            UNION ALL
            SELECT order_id, product_id, lot_id, 'scrapped', quantity
              FROM posted WHERE is_scrap
            UNION ALL
            SELECT order_id, product_id, 0, 'good',
                   CASE WHEN is_scrap THEN -quantity ELSE quantity END
              FROM posted WHERE NOT is_raw AND product_id = made_id
        )
        SELECT order_id AS key_1, product_id AS key_2, lot_id AS key_3, 0 AS key_4,
               measure::varchar AS measure, sum(quantity) AS quantity
          FROM figures GROUP BY order_id, product_id, lot_id, measure
        HAVING sum(quantity) <> 0
        """,
        company=company_id,
        since=since,
        as_of=as_of,
        plants=list(plants),
    )
