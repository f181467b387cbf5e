"""The mass balance, from stock itself: finished move lines on one side, quants on the other.

Indexes: our own of move lines by lot, core's of quants by lot.
"""

from odoo.tools import SQL

from .traceability_queries import IS_RETURN, as_array, is_between


def balances(key, lot_ids, company_ids):
    """Return the statement of the mass balance of lots, from stock itself.

    Independent of the genealogy. What came in = what is there + what went out; ``gap``
    is what is missing.

    :param key: what to add up by, ``id`` (each lot) or ``product_id`` of the lots.
    :param company_ids: whose moves count; stock without a company counts too.
    """

    def total(source, target, more):
        return SQL(
            "COALESCE(sum(quantity) FILTER (WHERE source IN %s AND target IN %s AND %s), 0)",
            source,
            target,
            more,
        )

    def end(place, forth, back):
        return SQL(
            """CASE WHEN %(place)s.usage <> 'between' THEN %(place)s.usage
                    WHEN EXISTS (SELECT FROM stock_move move
                                  WHERE move.id = line.move_id AND %(is_return)s)
                    THEN %(back)s ELSE %(forth)s END""",
            place=place,
            is_return=IS_RETURN,
            forth=forth,
            back=back,
        )

    inside, always = ("inside",), SQL("TRUE")
    return SQL(
        """
        WITH lot AS MATERIALIZED (
             SELECT id, %(key)s AS key
               FROM unnest(%(lots)s::int[]) AS one (id) JOIN stock_lot USING (id)),
        place AS MATERIALIZED (
             SELECT id, CASE WHEN %(between)s THEN 'between'
                             WHEN usage IN ('internal', 'transit') THEN 'inside'
                             ELSE usage END AS usage FROM stock_location),
        moved AS (
             SELECT key, %(received)s AS received, %(made)s AS made,
                    %(returned)s AS returned, %(found)s - %(lost)s AS adjusted,
                    %(consumed)s AS consumed, %(shipped)s AS shipped,
                    %(scrapped)s AS scrapped, %(vendor_returned)s AS vendor_returned
               FROM (SELECT lot.key, line.quantity_product_uom AS quantity,
                            %(source)s AS source, %(target)s AS target,
                            target.usage = 'inventory' AND EXISTS (
                                SELECT FROM stock_move move
                                 WHERE move.id = line.move_id
                                   AND move.scrap_id IS NOT NULL) AS is_scrap
                       FROM lot
                       JOIN stock_move_line line ON line.lot_id = lot.id
                       JOIN place source ON source.id = line.location_id
                       JOIN place target ON target.id = line.location_dest_id
                      WHERE line.state = 'done' AND source.usage <> target.usage
                        AND line.company_id = ANY(%(companies)s)) step
              GROUP BY key),
        stocked AS (
             SELECT lot.key, sum(quant.quantity) AS on_hand
               FROM lot
               JOIN stock_quant quant ON quant.lot_id = lot.id
               JOIN place ON place.id = quant.location_id AND place.usage = 'inside'
              WHERE quant.company_id = ANY(%(companies)s) OR quant.company_id IS NULL
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
        between=is_between(SQL("stock_location")),
        source=end(SQL("source"), "supplier", "customer"),
        target=end(SQL("target"), "customer", "supplier"),
        lots=as_array(lot_ids),
        companies=list(company_ids),
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
    env.cr.execute(balances(SQL("id"), lot_ids, company_ids))
    return {row.pop("key"): row for row in env.cr.dictfetchall()}


def insert_balances(env, recall_id, company_id, lot_ids):
    """Insert the mass balance of the affected lots of a recall, by product."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_recall_balance
                   (recall_id, company_id, product_id, received, made, returned, adjusted,
                    on_hand, consumed, shipped, scrapped, vendor_returned, gap)
            SELECT %s, %s, balance.key, received, made, returned, adjusted, on_hand,
                   consumed, shipped, scrapped, vendor_returned, gap
              FROM (%s) balance
            """,
            recall_id,
            company_id,
            balances(SQL("product_id"), lot_ids, [company_id]),
        )
    )


def count_accounted(env, recall_id):
    """Return the share of what came in that is accounted for, 0 to 1."""
    ((share,),) = env.execute_query(
        SQL(
            """
            SELECT COALESCE(avg(CASE WHEN total > 0 THEN greatest(0, 1 - abs(gap) / total)
                                     WHEN abs(gap) < 1e-6 THEN 1 ELSE 0 END), 1)
              FROM (SELECT gap, received + made + returned + greatest(adjusted, 0) AS total
                      FROM traceability_recall_balance WHERE recall_id = %s) balance
            """,
            recall_id,
        )
    )
    return float(share)
