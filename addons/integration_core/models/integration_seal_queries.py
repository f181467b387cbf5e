"""SQL of sealing. Every statement walks the primary key."""

from odoo.tools import SQL

LOCK_PATIENCE = "200ms"


def find_settled_id(cr, table):
    """Return the highest id below which no row can appear any more.

    Ids are given before a transaction commits, so a lower one may appear after a
    higher one. The lock waits until nobody is in between, and gives up soon rather
    than keep those waiting who come after it.

    :raises psycopg2.errors.LockNotAvailable: when a long transaction is in between.
    """
    cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_PATIENCE))
    cr.execute(SQL("LOCK TABLE %s IN SHARE MODE", SQL.identifier(table)))
    cr.execute(SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table)))
    return cr.fetchone()[0]


def find_last_of_run(cr, table, after, up_to, limit):
    """Return the id of the last row of the next run, None when there is no row."""
    cr.execute(
        SQL(
            "SELECT max(id) FROM (SELECT id FROM %s WHERE id > %s AND id <= %s"
            " ORDER BY id LIMIT %s) run",
            SQL.identifier(table),
            after,
            up_to,
            limit,
        )
    )
    return cr.fetchone()[0]


def count_unsealed(cr, ledger, after, until):
    """Return ``(how many rows, since when)`` have no seal though they are old enough.

    :param ledger: the model; ``after``: the last id that is sealed.
    :param until: naive UTC; what was written since may still wait for its seal.
    """
    cr.execute(
        SQL(
            "SELECT count(*), min(written_at)"
            "  FROM (SELECT %s AS written_at FROM %s WHERE id > %s) unsealed"
            " WHERE written_at < %s",
            ledger._get_written_at_sql(),
            SQL.identifier(ledger._table),
            after,
            until,
        )
    )
    return cr.fetchone()


def find_uncoverable(cr, table, first_id, limit):
    """Return ids of rows before the first that any seal covers: nobody adds such."""
    cr.execute(
        SQL(
            "SELECT id FROM %s WHERE id < %s ORDER BY id DESC LIMIT %s",
            SQL.identifier(table),
            first_id,
            limit,
        )
    )
    return [row_id for (row_id,) in cr.fetchall()]


def row_digest(columns):
    """Return the expression for the SHA-256 of one row, as seals and tombstones take it."""
    return SQL(
        "sha256(convert_to(jsonb_build_array(%s)::text, 'UTF8'))",
        SQL(", ").join(SQL.identifier(name) for name in ("id", *columns)),
    )


def compute_digest(cr, table, columns, first, last, purged=None):
    """Return ``(number of rows, SHA-256 in hex)`` of the rows between two ids.

    :param purged: ``{id: SHA-256 in hex}`` of rows that left by a retention rule.
    """
    purged = purged or {}
    cr.execute(
        SQL(
            """
            SELECT count(*), encode(sha256(COALESCE(
                string_agg(digest, ''::bytea ORDER BY id), ''::bytea)), 'hex')
              FROM (SELECT id, %s AS digest
                      FROM %s WHERE id BETWEEN %s AND %s
                     UNION ALL
                    SELECT gone.id, decode(gone.digest, 'hex')
                      FROM unnest(%s::integer[], %s::varchar[]) AS gone (id, digest)) run
            """,
            row_digest(columns),
            SQL.identifier(table),
            first,
            last,
            list(purged),
            list(purged.values()),
        )
    )
    return cr.fetchone()
