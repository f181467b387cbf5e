"""Statements of the lot ledger.

| function | index |
|---|---|
| `record_line_events` | `traceability_lot_event` by line; `traceability_edge` (res_id, res_model) |
| `find_told_otherwise` | `traceability_lot_event` by lot; `traceability_edge` by output |
"""

from datetime import timedelta

from odoo.tools import SQL

# Core stamps a transfer anew while it is being posted: that is no other moment.
DRIFT = timedelta(minutes=10)
# Columns of a ledger row, in one order.
COLUMNS = (
    "kind",
    "lot_id",
    "product_id",
    "uom_id",
    "quantity",
    "occurred_at",
    "recorded_at",
    "location_id",
    "location_dest_id",
    "partner_id",
    "user_id",
    "company_id",
    "reason",
    "document",
    "res_model",
    "res_id",
    "inputs",
    "move_line_id",
)


def record_line_events(
    env, movement, sources, line_ids, user_id, *, is_correction, retold_because
):
    """Append one row for each movement of a lot; what is on record is not repeated.

    :param movement: see ``traceability_queries.movements``.
    :param sources: see ``stock.move.line._get_transformation_sources``.
    :param line_ids: of the lines the movements are of.
    :param is_correction: append what differs from the newest row of its line instead.
    :param retold_because: or in what went into it, with this reason; None: not that.
    """
    event = _events(movement, sources, line_ids, user_id)
    if is_correction:
        event = _only_corrections(event, line_ids, user_id, retold_because)
    columns = SQL(", ").join(map(SQL.identifier, COLUMNS))
    env.cr.execute(
        SQL(
            """
            INSERT INTO traceability_lot_event (%(columns)s)
            SELECT %(columns)s FROM (%(event)s) event
             ORDER BY move_line_id, quantity <> 0
            ON CONFLICT DO NOTHING
            """,
            columns=columns,
            event=event,
        )
    )


def _events(movement, sources, line_ids, user_id):
    """Return the statement of the rows that movements are.

    The document says what was done: what came out of a relabelling was relabelled.
    """
    return SQL(
        """
        SELECT CASE WHEN side = 'output' AND source_kind IS NOT NULL THEN source_kind
                    WHEN kind = 'adjustment' AND source_kind IS NOT NULL
                    THEN 'consumption'
                    WHEN kind = 'internal' THEN 'transfer' ELSE kind END AS kind,
               lot_id, product_id, uom_id,
               CASE WHEN kind = 'adjustment' AND side = 'input' AND source_kind IS NULL
                    THEN -quantity ELSE quantity END AS quantity,
               occurred_at, now() AT TIME ZONE 'UTC' AS recorded_at,
               CASE side WHEN 'output' THEN location_dest_id ELSE location_id END
                    AS location_id,
               location_dest_id, partner_id, %(user)s AS user_id, company_id,
               NULL AS reason, reference AS document,
               CASE WHEN source_model IS NOT NULL THEN source_model
                    WHEN picking_id IS NOT NULL THEN 'stock.picking'
                    WHEN scrap_id IS NOT NULL THEN 'stock.scrap'
                    ELSE 'stock.move' END AS res_model,
               COALESCE(source_id, picking_id, scrap_id, move_id) AS res_id,
               CASE WHEN side = 'output' AND source_id IS NOT NULL
                    THEN (%(inputs)s) END AS inputs,
               move_line_id
          FROM (SELECT movement.*, move.scrap_id, source.kind AS source_kind,
                       source.res_model AS source_model, source.res_id AS source_id,
                       movement.quantity / sum(movement.quantity) OVER (
                           PARTITION BY movement.lot_id, movement.side, source.res_model,
                                        source.res_id) AS share
                  FROM (%(movement)s) movement
                  JOIN stock_move move ON move.id = movement.move_id
                  LEFT JOIN LATERAL (
                       SELECT kind, res_model, res_id
                         FROM (VALUES %(sources)s) source (kind, res_model, res_id)
                        WHERE res_id IS NOT NULL LIMIT 1) source ON TRUE
                 WHERE movement.lot_id IS NOT NULL) step
        """,
        user=user_id,
        inputs=_inputs(line_ids),
        movement=movement,
        sources=SQL(", ").join(
            SQL("(%s, %s, (%s)::int)", kind, res_model, res_id)
            for kind, res_model, res_id in sources
        ),
    )


def find_told_otherwise(env, source, lot_ids):
    """Return which of these lots the ledger does not say to be made of what they are.

    :param source: the document that made them: what its edges say counts.
    """
    of_made = (SQL("made.lot_id"), SQL("%s", source._name), SQL("%s", source.id))
    env.cr.execute(
        SQL(
            """
            SELECT made.lot_id
              FROM unnest(%(lots)s::int[]) made (lot_id)
             WHERE EXISTS (
                   SELECT FROM (%(used)s) used FULL JOIN (%(told)s) told
                       ON told.lot_id = used.lot_id
                    WHERE abs(COALESCE(used.quantity, 0) - COALESCE(told.quantity, 0)) > 1e-6)
            """,
            lots=list(lot_ids),
            used=_used(*of_made),
            told=_told(*of_made, ()),
        )
    )
    return [lot for (lot,) in env.cr.fetchall()]


def _inputs(line_ids):
    """Return what lots went into what a line made, as ``_prepare_quantity`` writes them.

    What the document says in total without what other lines were told of already, shared
    over the lines of this lot that are posted together.
    """
    of_step = (SQL("step.lot_id"), SQL("step.source_model"), SQL("step.source_id"))
    return SQL(
        """
        SELECT jsonb_agg(jsonb_build_object(
                   'lot_id', used.lot_id, 'item', used.item, 'lot', used.name,
                   'quantity', (used.quantity - COALESCE(told.quantity, 0)) * step.share,
                   'unit', used.unit, 'gtin', used.gtin, 'serial', used.serial)
                   ORDER BY used.lot_id)
          FROM (%(used)s) used
          LEFT JOIN (%(told)s) told ON told.lot_id = used.lot_id
         WHERE used.quantity - COALESCE(told.quantity, 0) > 1e-9
        """,
        used=_used(*of_step),
        told=_told(*of_step, line_ids),
    )


def _used(lot, model, number):
    """Return what a document says went into a lot.

    The edges of the lot are taken first: a document with many outputs has that many
    times more.
    """
    return SQL(
        """
        SELECT lot.id AS lot_id, lot.name, uom.name ->> 'en_US' AS unit,
               COALESCE(product.barcode, '') AS gtin, template.tracking = 'serial' AS serial,
               COALESCE(product.default_code, product.barcode,
                        'product-' || product.id) AS item,
               sum(edge.quantity)::float8 AS quantity
          FROM (SELECT * FROM traceability_edge
                 WHERE output_vertex = %(lot)s AND kind <> 'internal' OFFSET 0) edge
          JOIN stock_lot lot ON lot.id = edge.input_lot_id
          JOIN product_product product ON product.id = lot.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
          JOIN uom_uom uom ON uom.id = template.uom_id
         WHERE edge.res_id = %(number)s AND edge.res_model = %(model)s
         GROUP BY lot.id, uom.id, product.id, template.id
        """,
        lot=lot,
        model=model,
        number=number,
    )


def _told(lot, model, number, line_ids):
    """Return what the ledger says went into a lot, in what lines but these did."""
    return SQL(
        """
        SELECT (entry ->> 'lot_id')::int AS lot_id,
               sum((entry ->> 'quantity')::float8) AS quantity
          FROM (SELECT DISTINCT ON (move_line_id) quantity, inputs
                  FROM traceability_lot_event
                 WHERE lot_id = %(lot)s AND res_model = %(model)s
                   AND res_id = %(number)s AND move_line_id <> ALL(%(lines)s)
                 ORDER BY move_line_id, id DESC) newest
         CROSS JOIN jsonb_array_elements(
               CASE jsonb_typeof(inputs) WHEN 'array' THEN inputs ELSE '[]' END) entry
         WHERE newest.quantity <> 0
         GROUP BY entry ->> 'lot_id'
        """,
        lot=lot,
        model=model,
        number=number,
        lines=list(line_ids),
    )


def _only_corrections(event, line_ids, user_id, retold_because):
    """Return the rows that say something else than the newest row of their line.

    What a line does not do to a lot any more is one of nothing.

    :param retold_because: what went into it counts as well, with this reason.
    """
    return SQL(
        """
        WITH event AS MATERIALIZED (%(event)s),
        last AS MATERIALIZED (
             SELECT DISTINCT ON (move_line_id) *
               FROM (SELECT * FROM traceability_lot_event
                      WHERE move_line_id = ANY(%(lines)s) AND kind <> 'correction'
                      UNION ALL
                     SELECT * FROM traceability_lot_event
                      WHERE move_line_id = ANY(%(lines)s) AND kind = 'correction') before
              ORDER BY move_line_id, id DESC)
        SELECT 'correction' AS kind, lot_id, product_id, uom_id, 0 AS quantity, occurred_at,
               now() AT TIME ZONE 'UTC' AS recorded_at, location_id, location_dest_id,
               partner_id, %(user)s AS user_id, company_id, NULL AS reason, document,
               res_model, res_id, inputs, move_line_id
          FROM last
         WHERE abs(quantity) > 1e-9
           AND NOT EXISTS (SELECT FROM event WHERE event.move_line_id = last.move_line_id
                              AND event.lot_id = last.lot_id)
         UNION ALL
        SELECT CASE WHEN last.move_line_id IS NULL THEN event.kind ELSE 'correction' END,
               event.lot_id, event.product_id, event.uom_id, event.quantity,
               event.occurred_at, event.recorded_at, event.location_id,
               event.location_dest_id, event.partner_id, event.user_id,
               event.company_id,
               CASE WHEN last.move_line_id IS NOT NULL THEN %(because)s::varchar END,
               event.document, event.res_model, event.res_id, event.inputs,
               event.move_line_id
          FROM event
          LEFT JOIN last ON last.move_line_id = event.move_line_id
         WHERE last.move_line_id IS NULL
            OR (last.lot_id, last.location_id, last.location_dest_id, last.partner_id)
               IS DISTINCT FROM (event.lot_id, event.location_id, event.location_dest_id,
                                 event.partner_id)
            OR abs(extract(epoch FROM last.occurred_at - event.occurred_at)) > %(drift)s
            OR abs(last.quantity - event.quantity) > 1e-9
            OR %(because)s IS NOT NULL AND last.inputs IS DISTINCT FROM event.inputs
        """,
        event=event,
        because=retold_because,
        lines=list(line_ids),
        user=user_id,
        drift=DRIFT.total_seconds(),
    )
