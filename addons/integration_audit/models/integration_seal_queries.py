"""SQL of the anchor. Every statement walks the primary key."""

from odoo.tools import SQL

from ..lib.anchor import NO_NAME

# The name of a row that is about a delivery: that of its message.
MESSAGE_OF_DELIVERY = SQL(
    "(SELECT message.uuid::uuid FROM integration_delivery delivery"
    " JOIN integration_message message ON message.id = delivery.message_id"
    " WHERE delivery.id = delivery_id)"
)


def identify_database(cr):
    """Return the name and the number of this database; a copy has another number."""
    cr.execute("SELECT datname, oid FROM pg_database WHERE datname = current_database()")
    return cr.fetchone()


def read_prints(cr, Ledger, first, last):
    """Return the prints of the rows between two ids, put together; see ``lib/anchor``."""
    columns = SQL(", ").join(
        SQL.identifier(name) for name in ("id", *Ledger._sealed_columns)
    )
    cr.execute(
        SQL(
            """
            SELECT string_agg(
                       int4send(id) || COALESCE(uuid_send(row_name), %s)
                       || substring(sha256(convert_to(row_text, 'UTF8')) FOR 8),
                       ''::bytea ORDER BY id)
              FROM (SELECT id, %s AS row_name, jsonb_build_array(%s)::text AS row_text
                      FROM %s WHERE id BETWEEN %s AND %s) run
            """,
            NO_NAME,
            Ledger._get_row_name_sql(),
            columns,
            SQL.identifier(Ledger._table),
            first,
            last,
        )
    )
    return bytes(cr.fetchone()[0] or b"")
