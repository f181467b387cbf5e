"""Statements of the lot ledger.

| function | index |
|---|---|
| `record_line_events` | `traceability_lot_event` (move_line_id, kind) |
"""

from odoo.tools import SQL

# What lots went into what a line made, as ``_prepare_quantity`` writes them.
INPUTS = SQL(
    """
    SELECT jsonb_agg(jsonb_build_object(
               'item', COALESCE(product.default_code, product.barcode,
                                'product-' || product.id),
               'lot', lot.name, 'quantity', used.quantity,
               'unit', COALESCE(uom.name ->> 'en_US', ''),
               'gtin', COALESCE(product.barcode, ''),
               'serial', template.tracking = 'serial') ORDER BY lot.id)
      FROM (SELECT input_lot_id, sum(quantity)::float8 AS quantity
              FROM traceability_edge edge
             WHERE edge.output_vertex = movement.lot_id
               AND edge.input_lot_id IS NOT NULL
               AND edge.production_id = made.production_id
             GROUP BY input_lot_id) used
      JOIN stock_lot lot ON lot.id = used.input_lot_id
      JOIN product_product product ON product.id = lot.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
      JOIN uom_uom uom ON uom.id = template.uom_id
    """
)


def record_line_events(env, movement, user_id, *, is_correction):
    """Append one row for each movement of a lot; what is on record is not repeated.

    :param movement: see ``traceability_queries.movements``.
    :param is_correction: append what differs from the newest row of its line instead.
    """
    kind = SQL(
        "CASE movement.kind WHEN 'internal' THEN 'transfer' ELSE movement.kind END"
    )
    event = SQL(
        """
        SELECT %(kind)s AS kind, movement.lot_id, movement.product_id,
               movement.uom_id,
               CASE WHEN movement.kind = 'adjustment' AND movement.side = 'input'
                    THEN -movement.quantity ELSE movement.quantity END AS quantity,
               movement.occurred_at, now() AT TIME ZONE 'UTC' AS recorded_at,
               CASE movement.side WHEN 'output' THEN movement.location_dest_id
                    ELSE movement.location_id END AS location_id,
               movement.location_dest_id, movement.partner_id, %(user)s AS user_id,
               movement.company_id, movement.reference AS document,
               CASE WHEN movement.picking_id IS NOT NULL THEN 'stock.picking'
                    WHEN move.scrap_id IS NOT NULL THEN 'stock.scrap'
                    WHEN move.unbuild_id IS NOT NULL THEN 'mrp.unbuild'
                    WHEN COALESCE(move.production_id, move.raw_material_production_id)
                         IS NOT NULL THEN 'mrp.production'
                    ELSE 'stock.move' END AS res_model,
               COALESCE(movement.picking_id, move.scrap_id, move.unbuild_id,
                        move.production_id, move.raw_material_production_id,
                        move.id) AS res_id,
               CASE WHEN movement.side = 'output' AND made.production_id IS NOT NULL
                    THEN (%(inputs)s) END AS inputs,
               movement.move_line_id
          FROM (%(movement)s) movement
          JOIN stock_move move ON move.id = movement.move_id
          CROSS JOIN LATERAL (SELECT move.production_id) made
         WHERE movement.lot_id IS NOT NULL
         ORDER BY movement.move_line_id
        """,
        kind=kind,
        user=user_id,
        inputs=INPUTS,
        movement=movement,
    )
    if is_correction:
        event = _only_corrections(event)
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_lot_event
                   (kind, lot_id, product_id, uom_id, quantity, occurred_at, recorded_at,
                    location_id, location_dest_id, partner_id, user_id, company_id,
                    document, res_model, res_id, inputs, move_line_id)
            SELECT kind, lot_id, product_id, uom_id, quantity, occurred_at, recorded_at,
                   location_id, location_dest_id, partner_id, user_id, company_id,
                   document, res_model, res_id, inputs, move_line_id
              FROM (%s) event
            ON CONFLICT DO NOTHING
            """,
            event,
        )
    )


def _only_corrections(event):
    """Return the rows that say something else than the newest row of their line."""
    return SQL(
        """
        SELECT CASE WHEN last.move_line_id IS NULL THEN event.kind ELSE 'correction' END
                    AS kind,
               event.lot_id, event.product_id, event.uom_id, event.quantity,
               event.occurred_at, event.recorded_at, event.location_id,
               event.location_dest_id, event.partner_id, event.user_id,
               event.company_id, event.document, event.res_model, event.res_id,
               event.inputs, event.move_line_id
          FROM (%s) event
          LEFT JOIN LATERAL (
               SELECT before.move_line_id, before.lot_id, before.quantity,
                      before.location_id, before.location_dest_id
                 FROM traceability_lot_event before
                WHERE before.move_line_id = event.move_line_id
                ORDER BY before.id DESC LIMIT 1) last ON TRUE
         WHERE last.move_line_id IS NULL
            OR (last.lot_id, last.location_dest_id)
               IS DISTINCT FROM (event.lot_id, event.location_dest_id)
            OR abs(last.quantity - event.quantity) > 1e-9
        """,
        event,
    )
