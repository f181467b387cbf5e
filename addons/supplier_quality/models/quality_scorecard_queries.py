"""The one statement that scorecards are computed from."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL


def read_figures(env, company, start, end):
    """Return rows of a period, one per supplier with anything to report.

    ``(partner id, received, nonconforming, inspected, accepted, due, otif, answers,
    response days)``. Reads stock_move by date and by purchase line, purchase_order_line
    by planned date, quality_inspection by its index of decided ones.

    :param start: naive UTC, inclusive; :param end: exclusive.
    """
    for model in (
        *("stock.move", "stock.picking", "purchase.order.line", "purchase.order"),
        *("quality.inspection", "quality.nonconformance", "quality.corrective.action"),
    ):
        env[model].flush_model()
    env.cr.execute(prepare_figures(env, company, start, end))
    return env.cr.fetchall()


def prepare_figures(env, company, start, end):
    """Return the statement; suppliers are the commercial partners.

    What a supplier brought is said by ``stock.move._prepare_supplied``. Goods that fail once
    more after sorting or rework are not more goods. A report that nobody answered, though
    it is time, counts with the days it has waited.
    """
    values = {
        "company": company.id,
        "start": start,
        "end": end,
        # Until when a day lasts is a matter of where goods are received.
        "zone": company._get_scorecard_zone(),
        "target": timedelta(days=company.scorecard_response_days),
        "now": fields.Datetime.now(),
        "supplied": env["stock.move"]._prepare_supplied(SQL("move"), SQL("source")),
    }
    return SQL(
        """
    WITH received AS (
        SELECT picking.partner_id,
               SUM(move.quantity * COALESCE(
                   move.product_qty / NULLIF(move.product_uom_qty, 0), 1)) AS quantity
          FROM stock_move move
          JOIN stock_picking picking ON picking.id = move.picking_id
          JOIN stock_location source ON source.id = move.location_id
         WHERE %(supplied)s AND move.state = 'done'
           AND move.company_id = %(company)s
           AND move.date >= %(start)s AND move.date < %(end)s
         GROUP BY picking.partner_id
    ), due_line AS (
        SELECT line.id, line.product_uom_qty AS quantity, line.date_planned,
               line.partner_id
          FROM purchase_order_line line
          JOIN purchase_order purchase ON purchase.id = line.order_id
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
         WHERE template.type = 'consu' AND purchase.state = 'purchase'
           AND line.company_id = %(company)s
           AND line.product_qty > 0 AND line.display_type IS NULL
           AND line.date_planned >= %(start)s AND line.date_planned < %(end)s
    ), in_time AS (
        SELECT due_line.id,
               SUM(move.quantity * COALESCE(
                   move.product_qty / NULLIF(move.product_uom_qty, 0), 1)) AS quantity
          FROM due_line
          JOIN stock_move move ON move.purchase_line_id = due_line.id
          JOIN stock_location source ON source.id = move.location_id
         WHERE move.state = 'done' AND %(supplied)s
           AND move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s < date_trunc(
               'day', due_line.date_planned AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s
               ) + interval '1 day'
         GROUP BY due_line.id
    ), delivery AS (
        SELECT due_line.partner_id, COUNT(*) AS due,
               COUNT(*) FILTER (
                   WHERE in_time.quantity >= due_line.quantity - 0.000001) AS otif
          FROM due_line LEFT JOIN in_time ON in_time.id = due_line.id
         GROUP BY due_line.partner_id
    ), figure AS (
        SELECT partner_id, quantity AS received, 0.0 AS nonconforming, 0 AS inspected,
               0 AS accepted, 0 AS due, 0 AS otif, 0 AS answers, 0.0 AS days
          FROM received
        UNION ALL
        SELECT partner_id, 0, 0, 0, 0, due, otif, 0, 0 FROM delivery
        UNION ALL
        SELECT partner_id, 0, 0, COUNT(*), COUNT(*) FILTER (WHERE state = 'passed'),
               0, 0, 0, 0
          FROM quality_inspection
         WHERE state IN ('passed', 'failed') AND operation = 'receipt'
           AND company_id = %(company)s
           AND decided_at >= %(start)s AND decided_at < %(end)s
         GROUP BY partner_id
        UNION ALL
        SELECT partner_id, 0, SUM(quantity), 0, 0, 0, 0, 0, 0
          FROM quality_nonconformance found
         WHERE NOT EXISTS (
               SELECT FROM quality_nonconformance_decision again
                WHERE again.inspection_id = found.inspection_id)
           AND state != 'cancelled' AND company_id = %(company)s
           AND create_date >= %(start)s AND create_date < %(end)s
         GROUP BY partner_id
        UNION ALL
        SELECT partner_id, 0, 0, 0, 0, 0, 0, COUNT(*),
               SUM(EXTRACT(EPOCH FROM first_answered_at - sent_at)) / 86400
          FROM quality_corrective_action
         WHERE company_id = %(company)s
           AND first_answered_at >= %(start)s AND first_answered_at < %(end)s
         GROUP BY partner_id
        UNION ALL
        SELECT partner_id, 0, 0, 0, 0, 0, 0, COUNT(*),
               SUM(EXTRACT(EPOCH FROM LEAST(%(end)s, %(now)s) - sent_at)) / 86400
          FROM quality_corrective_action
         WHERE company_id = %(company)s AND state = 'sent'
           AND (first_answered_at IS NULL OR first_answered_at >= %(end)s)
           AND sent_at < LEAST(%(end)s, %(now)s) - %(target)s
         GROUP BY partner_id
    )
    SELECT partner.commercial_partner_id, SUM(received), SUM(nonconforming),
           SUM(inspected)::int, SUM(accepted)::int, SUM(due)::int, SUM(otif)::int,
           SUM(answers)::int, COALESCE(SUM(days) / NULLIF(SUM(answers), 0), 0)
      FROM figure JOIN res_partner partner ON partner.id = figure.partner_id
     GROUP BY partner.commercial_partner_id
     ORDER BY partner.commercial_partner_id
        """,
        **values,
    )
