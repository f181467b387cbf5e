"""The statements of this addon that are written by hand."""

from odoo.tools import SQL, file_open

from ..lib.decision import list_allowed

# Whoever changes what goods may be used for; waits for all who use them.
FOR_CHANGE = SQL("FOR UPDATE")
# Whoever uses goods; waits for nobody but those who change what they may be used for.
FOR_USE = SQL("FOR KEY SHARE")
# Whoever writes a row that others may refer to.
FOR_WRITING = SQL("FOR NO KEY UPDATE")


def lock_rows(records, strength):
    """Lock the rows of these records until the transaction ends, waiting for others.

    Always in the order of ids. Index: primary key.

    :param strength: one of the constants above.
    :raises SerializationFailure: when a row was changed since the transaction began;
        Odoo then runs the request again.
    """
    if records:
        records.flush_recordset()
        records.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id %s",
                SQL.identifier(records._table),
                records.ids,
                strength,
            )
        )


def install_guard(cr):
    """Create or replace the triggers that refuse what got past everything else."""
    with file_open("lot_disposition/data/lot_disposition_guard.sql") as file:
        cr.execute(SQL(file.read().replace("%", "%%").replace("{allowed}", "%s"), list_allowed()))
