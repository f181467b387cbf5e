"""The statements of the EPCIS repository."""

import json

from odoo.tools import SQL


def pretty(value):
    """Return JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def find_recorded(cr, company_id, event_ids):
    """Return what is on record under these ids.

    Index: traceability_epcis_event__event_once.

    :returns: ``{(event id, declared): body}``
    """
    cr.execute(
        SQL(
            "SELECT event_id, declared, body FROM traceability_epcis_event"
            " WHERE company_id = %s AND event_id = ANY(%s)",
            company_id,
            list(event_ids),
        )
    )
    return {(event_id, declared): body for event_id, declared, body in cr.fetchall()}


def insert_events(cr, rows):
    """Append events in one statement.

    A row that somebody else committed meanwhile makes this a serialization failure, and
    Odoo calls the route once more: nobody sees an event twice.

    :param rows: dictionaries of columns.
    """
    cr.execute(
        SQL(
            """
            INSERT INTO traceability_epcis_event (
                event_id, declared, event_type, event_time, record_time,
                body, context, terms, system_id, company_id, capture_id
            )
            SELECT event_id, declared, event_type, event_time, record_time,
                   body, context, terms, system_id, company_id, capture_id
              FROM jsonb_to_recordset(%s::jsonb) AS row (
                event_id text, declared text, event_type text, event_time bigint,
                record_time bigint, body jsonb, context jsonb, terms jsonb,
                system_id integer, company_id integer, capture_id integer
              )
                ON CONFLICT (company_id, event_id, declared) DO NOTHING
            """,
            json.dumps(rows, ensure_ascii=False),
        )
    )


def find_known_values(cr, company_ids, names, after, limit):
    """Return the values that terms of these names have, in their order.

    :param after: the last value of the page before.
    """
    cr.execute(
        SQL(
            """
            SELECT DISTINCT substr(term, strpos(term, '=') + 1) COLLATE "C" AS value
              FROM traceability_epcis_event event,
                   jsonb_array_elements_text(event.terms) AS term
             WHERE event.company_id = ANY(%s)
               AND split_part(term, '=', 1) = ANY(%s)
               AND substr(term, strpos(term, '=') + 1) > %s COLLATE "C"
             ORDER BY value
             LIMIT %s
            """,
            list(company_ids),
            list(names),
            after,
            limit,
        )
    )
    return [value for (value,) in cr.fetchall()]


def find_own_lots(cr, company_ids, bases, after, limit):
    """Return identifiers of our lots that have a history, in their order.

    :param bases: ``{product id: what stands before the number of its lots}``.
    :param after: the last identifier of the page before.
    """
    cr.execute(
        SQL(
            r"""
            SELECT uri
              FROM (SELECT (base.value || CASE
                           WHEN lot.name ~ '^[A-Za-z0-9_.~-]+$' THEN lot.name
                           ELSE (SELECT string_agg(CASE
                                        WHEN part ~ '[A-Za-z0-9_.~-]' THEN part
                                        ELSE regexp_replace(upper(encode(
                                             convert_to(part, 'UTF8'), 'hex')),
                                             '(..)', '%%\1', 'g') END, '' ORDER BY place)
                                   FROM regexp_split_to_table(lot.name, '')
                                        WITH ORDINALITY letter (part, place)) END
                           ) COLLATE "C" AS uri
                      FROM jsonb_each_text(%s::jsonb) base
                      JOIN stock_lot lot ON lot.product_id = base.key::int
                     WHERE (lot.company_id = ANY(%s) OR lot.company_id IS NULL)
                       AND EXISTS (SELECT FROM traceability_lot_event event
                                    WHERE event.lot_id = lot.id
                                      AND event.company_id = ANY(%s))) own
             WHERE uri > %s COLLATE "C"
             ORDER BY uri LIMIT %s
            """,
            json.dumps(bases),
            list(company_ids),
            list(company_ids),
            after,
            limit,
        )
    )
    return [uri for (uri,) in cr.fetchall()]
