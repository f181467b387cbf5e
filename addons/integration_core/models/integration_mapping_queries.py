"""SQL of the mappings' master data checks. Every statement names what it reads."""

from odoo.tools import SQL


def find_groups(cr, table, model, key, company, where=None):
    """Return the groups of rows that have a key in common within a company.

    One pass over the table; a scan is right, since every row counts.

    :param key: SQL of what they have in common; empty and NULL count for nothing.
    :param company: SQL of the company's id.
    :returns: rows ``(model, key, company id or None, record ids)``.
    """
    cr.execute(
        SQL(
            """
            SELECT %(model)s, key, company, array_agg(id ORDER BY id)
              FROM (SELECT id, %(key)s AS key, %(company)s AS company
                      FROM %(table)s WHERE %(where)s) keyed
             WHERE key <> ''
             GROUP BY key, company HAVING count(*) > 1
            """,
            model=model,
            key=key,
            company=company,
            table=table,
            where=where or SQL("TRUE"),
        )
    )
    return cr.fetchall()


def plain(text):
    """Return SQL of a text without case, spaces and punctuation."""
    return SQL("regexp_replace(lower(%s), '[^[:alnum:]]+', '', 'g')", text)


def find_partners_with_same_vat(cr):
    """Companies among the partners; a contact repeats its parent's number."""
    return find_groups(
        cr,
        SQL("res_partner"),
        "res.partner",
        plain(SQL("vat")),
        SQL("company_id"),
        SQL("active AND parent_id IS NULL"),
    )


def find_partners_with_same_name(cr):
    return find_groups(
        cr,
        SQL("res_partner"),
        "res.partner",
        plain(SQL("name")),
        SQL("company_id"),
        SQL("active AND parent_id IS NULL AND is_company"),
    )
