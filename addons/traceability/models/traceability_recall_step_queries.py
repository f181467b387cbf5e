"""Statements of a recall's answer about what became of what is affected.

Indexes: `traceability_edge` forward and returns.
"""

from odoo.tools import SQL

from .traceability_queries import as_array
from .traceability_recall_queries import LOT_AND_NODE

WENT_IN = ("production", "unbuild", "repair", "relabel", "consumption", "reported")
# A partner is looked up for the shipments only, and once they are found: joined to the edges,
# it would be looked up again for each vertex.
SENT = SQL(
    """
    SELECT vertex, product_id, partner_id, picking_id, quantity,
           COALESCE(partner.commercial_partner_id, partner.id) AS customer_id
      FROM step
      LEFT JOIN res_partner partner ON partner.id = step.partner_id
     WHERE kind = 'shipment'
    """
)
# What was shipped to whom, with the addresses that are not the customer's own.
SHIPPED = SQL(
    """
    SELECT vertex, product_id, customer_id, sum(quantity) AS quantity,
           string_agg(trim_scale(quantity) || ' ' || address.complete_name,
                      '; ' ORDER BY address.complete_name)
               FILTER (WHERE address.id <> customer_id) AS addresses
      FROM (SELECT vertex, product_id, customer_id, partner_id, sum(quantity) AS quantity
              FROM sent GROUP BY vertex, product_id, customer_id, partner_id) sent
      LEFT JOIN res_partner address ON address.id = sent.partner_id
     GROUP BY vertex, product_id, customer_id
    """
)


def insert_steps(env, recall_id, company_id, vertices):
    """Insert what became of what is affected: orders, uses inside, customers.

    One statement reads the edges once and writes all of it. Customers have what was
    shipped, returns taken off, with the deliveries: a company is one customer, whichever of
    its addresses a delivery or a return names.
    """
    env.cr.execute(
        SQL(
            """
            WITH %(steps)s,
            produced AS (%(produced)s),
            used AS (%(used)s),
            customer AS (%(customer)s)
            INSERT INTO traceability_recall_customer_picking_rel (customer_id, picking_id)
            SELECT DISTINCT customer.id, sent.picking_id
              FROM customer
              JOIN sent ON sent.vertex = customer.vertex
               AND sent.product_id = customer.product_id
               AND sent.customer_id IS NOT DISTINCT FROM customer.partner_id
             WHERE sent.picking_id IS NOT NULL
            """,
            steps=_find_steps(company_id, vertices),
            produced=SQL(
                """
                INSERT INTO traceability_recall_production_rel (recall_id, production_id)
                SELECT DISTINCT %s, production_id FROM step
                 WHERE production_id IS NOT NULL
                 ORDER BY production_id
                """,
                recall_id,
            ),
            used=_insert_uses(recall_id, company_id),
            customer=_insert_customers(recall_id, company_id),
        )
    )


def _find_steps(company_id, vertices):
    """Return the common table expressions of what left, what was shipped and came back."""
    return SQL(
        """
        step AS MATERIALIZED (
             SELECT vertex, edge.* FROM unnest(%(vertices)s::int[]) vertex
              CROSS JOIN LATERAL (
                    SELECT kind, partner_id, product_id, quantity, reference,
                           picking_id, production_id, output_vertex
                      FROM traceability_edge edge
                     WHERE edge.input_vertex = vertex AND edge.kind <> 'internal'
                       AND edge.company_id = %(company)s
                    OFFSET 0) edge),
        sent AS MATERIALIZED (%(sent)s),
        shipped AS (%(shipped)s),
        returned AS (%(returned)s)
        """,
        vertices=as_array(vertices),
        company=company_id,
        sent=SENT,
        shipped=SHIPPED,
        returned=_find_returned(company_id, vertices),
    )


def _insert_uses(recall_id, company_id):
    """Return the statement for consumed, scrapped, sent back to the vendor.

    What an open order took and has made nothing of yet is in progress.
    """
    return SQL(
        """
        INSERT INTO traceability_recall_use
               (recall_id, company_id, kind, lot_id, node_id, product_id, quantity,
                reference, partner_id)
        SELECT %(recall)s, %(company)s, use, %(lot_and_node)s, product_id, sum(quantity),
               CASE WHEN min(reference) = max(reference) THEN min(reference) END, partner_id
          FROM (SELECT vertex, product_id, quantity, reference,
                       CASE WHEN kind = 'scrap' THEN 'scrapped'
                            WHEN kind = 'vendor_return' THEN kind
                            WHEN output_vertex IS NULL AND EXISTS (
                                 SELECT FROM mrp_production made
                                  WHERE made.id = step.production_id
                                    AND made.state NOT IN ('done', 'cancel'))
                            THEN 'in_progress' ELSE 'consumed' END AS use,
                       CASE kind WHEN 'vendor_return' THEN partner_id END AS partner_id
                  FROM step WHERE kind = ANY(%(kinds)s)) step
         GROUP BY vertex, product_id, use, partner_id
         ORDER BY use, vertex
        """,
        recall=recall_id,
        company=company_id,
        lot_and_node=LOT_AND_NODE,
        kinds=[*WENT_IN, "scrap", "vendor_return"],
    )


def _find_returned(company_id, vertices):
    """Return the statement of what came back, from the customer of an address.

    What nobody who was shipped it brought back came from the lot's only customer, where
    there is only one; else it stands for itself.
    """
    return SQL(
        """
        SELECT back.vertex, back.product_id, back.quantity,
               CASE WHEN own.vertex IS NULL AND single.vertex IS NOT NULL
                    THEN single.customer_id ELSE back.customer_id END AS customer_id
          FROM (SELECT vertex, edge.product_id, edge.quantity,
                       COALESCE(partner.commercial_partner_id, partner.id) AS customer_id
                  FROM unnest(%(vertices)s::int[]) vertex
                  JOIN traceability_edge edge ON edge.output_vertex = vertex
                   AND edge.kind = 'customer_return' AND edge.company_id = %(company)s
                  LEFT JOIN res_partner partner ON partner.id = edge.partner_id) back
          LEFT JOIN shipped own ON own.vertex = back.vertex
           AND own.product_id = back.product_id AND own.customer_id = back.customer_id
          LEFT JOIN (SELECT vertex, product_id, min(customer_id) AS customer_id
                       FROM shipped GROUP BY vertex, product_id
                     HAVING count(*) = 1) single
            ON single.vertex = back.vertex AND single.product_id = back.product_id
        """,
        vertices=as_array(vertices),
        company=company_id,
    )


def _insert_customers(recall_id, company_id):
    """Return the statement for what customers have; it returns its rows.

    Where more came back than went there, others have less than was shipped to them.
    """
    return SQL(
        """
        INSERT INTO traceability_recall_customer
               (recall_id, company_id, partner_id, lot_id, node_id, vertex, product_id,
                shipped_quantity, returned_quantity, quantity, reported_quantity, addresses)
        SELECT %(recall)s, %(company)s, customer_id, %(lot_and_node)s, vertex, moved.product_id,
               sum(shipped), sum(returned), sum(shipped) - sum(returned), 0, max(addresses)
          FROM (SELECT vertex, customer_id, product_id, quantity AS shipped, 0 AS returned,
                       addresses
                  FROM shipped
                 UNION ALL
                SELECT vertex, customer_id, product_id, 0, quantity, NULL
                  FROM returned) moved
          LEFT JOIN res_partner customer ON customer.id = customer_id
         GROUP BY vertex, customer_id, moved.product_id, customer.id
        HAVING abs(sum(shipped) - sum(returned)) > 1e-9
         ORDER BY customer.complete_name, vertex
        RETURNING id, vertex, partner_id, product_id
        """,
        recall=recall_id,
        company=company_id,
        lot_and_node=LOT_AND_NODE,
    )


def find_returned(env, company_id, vertices, customer_row_ids):
    """Return ``{id of a recall's customer row: quantity returned up to now}``.

    From whom something came back is told as it is for the answer.

    :param vertices: of these rows.
    """
    return dict(
        env.execute_query(
            SQL(
                """
                WITH %(steps)s
                SELECT customer.id, sum(returned.quantity)::float8
                  FROM traceability_recall_customer customer
                  JOIN returned ON returned.vertex = customer.vertex
                   AND returned.product_id = customer.product_id
                   AND returned.customer_id IS NOT DISTINCT FROM customer.partner_id
                 WHERE customer.id = ANY(%(rows)s)
                 GROUP BY customer.id
                """,
                steps=_find_steps(company_id, vertices),
                rows=list(customer_row_ids),
            )
        )
    )
