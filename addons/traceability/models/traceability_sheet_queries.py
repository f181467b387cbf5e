"""The sortable sheet of a recall, see 21 CFR 1.1455."""

from odoo.tools import SQL

SHEET_COLUMNS = (
    "Critical tracking event",
    "Traceability lot code",
    "Product",
    "Quantity",
    "Unit",
    "New traceability lot code",
    "New product",
    "New quantity",
    "New unit",
    "Date (UTC)",
    "Location",
    "Previous source or recipient",
    "Reference document",
    "How sure",
)


def find_sheet_rows(env, recall_id):
    """Return the events of the affected lots: receiving, transformation, shipping.

    What a document made in all of the new lot, and where, its ledger says.

    Indexes: `traceability_recall_line` (recall_id), `traceability_edge` both ways,
    `traceability_lot_event` by lot.
    """
    language = env.lang or "en_US"

    def name(column):
        return SQL("COALESCE(%s ->> %s, %s ->> 'en_US')", column, language, column)

    return env.execute_query(
        SQL(
            """
            SELECT CASE edge.kind WHEN 'receipt' THEN 'Receiving'
                                  WHEN 'shipment' THEN 'Shipping'
                                  WHEN 'customer_return' THEN 'Receiving (return)'
                                  WHEN 'vendor_return' THEN 'Shipping (return)'
                                  ELSE 'Transformation' END,
                   COALESCE(input.name, input_node.name,
                            CASE WHEN edge.input_vertex IS NULL
                                 THEN COALESCE(output.name, output_node.name) END),
                   %(product)s, edge.quantity::float8, %(unit)s,
                   CASE WHEN edge.input_vertex IS NOT NULL
                        THEN COALESCE(output.name, output_node.name) END,
                   CASE WHEN edge.input_vertex IS NOT NULL THEN %(made)s END,
                   result.quantity, CASE WHEN result.quantity > 0 THEN %(made_unit)s END,
                   edge.occurred_at,
                   COALESCE(CASE WHEN edge.kind IN ('receipt', 'customer_return')
                                 THEN target.complete_name ELSE source.complete_name END,
                            result.place, warehouse.complete_name),
                   partner.complete_name, edge.reference, edge.confidence
              FROM (SELECT DISTINCT edge.id
                      FROM traceability_recall_line line
                      JOIN traceability_edge edge
                        ON edge.input_vertex = line.vertex
                        OR edge.output_vertex = line.vertex
                     WHERE line.recall_id = %(recall)s AND edge.kind <> 'internal'
                       AND edge.kind <> 'adjustment' AND edge.kind <> 'scrap'
                       AND edge.company_id = line.company_id) found
              JOIN traceability_edge edge ON edge.id = found.id
              LEFT JOIN stock_lot input ON input.id = edge.input_lot_id
              LEFT JOIN stock_lot output ON output.id = edge.output_lot_id
              LEFT JOIN traceability_node input_node ON input_node.id = edge.input_node_id
              LEFT JOIN traceability_node output_node ON output_node.id = edge.output_node_id
              LEFT JOIN product_product variant ON variant.id = edge.product_id
              LEFT JOIN product_template template ON template.id = variant.product_tmpl_id
              LEFT JOIN product_product made ON made.id = output.product_id
              LEFT JOIN product_template made_template
                     ON made_template.id = made.product_tmpl_id
              LEFT JOIN uom_uom made_uom ON made_uom.id = made_template.uom_id
              LEFT JOIN LATERAL (
                   SELECT sum(told.quantity)::float8 AS quantity,
                          min(place.complete_name) AS place
                     FROM (SELECT DISTINCT ON (move_line_id) quantity, location_id, kind
                             FROM traceability_lot_event
                            WHERE lot_id = edge.output_lot_id
                              AND res_model = edge.res_model AND res_id = edge.res_id
                            ORDER BY move_line_id, id DESC) told
                     LEFT JOIN stock_location place ON place.id = told.location_id
                    WHERE told.kind <> 'consumption') result
                     ON edge.input_vertex IS NOT NULL AND edge.output_lot_id IS NOT NULL
              LEFT JOIN uom_uom uom ON uom.id = edge.uom_id
              LEFT JOIN stock_location source ON source.id = edge.location_id
              LEFT JOIN stock_location target ON target.id = edge.location_dest_id
              LEFT JOIN mrp_production production ON production.id = edge.production_id
              LEFT JOIN stock_location warehouse
                     ON warehouse.id = production.location_dest_id
              LEFT JOIN res_partner partner ON partner.id = edge.partner_id
             ORDER BY edge.occurred_at, edge.id
            """,
            product=name(SQL("template.name")),
            unit=name(SQL("uom.name")),
            made=name(SQL("made_template.name")),
            made_unit=name(SQL("made_uom.name")),
            recall=recall_id,
        )
    )
