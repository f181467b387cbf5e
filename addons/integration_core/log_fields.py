"""Columns of tables that are written for every message."""

from odoo import fields


class LogReference(fields.Many2one):
    """A reference of a log's row to a record of the configuration, or to another row.

    Without a foreign key: its check locks the one row that every message refers to,
    and is planned anew for every request, which costs as much as the insert. Who is
    referred to refuses to be deleted; a message leaves after its deliveries.
    """

    def update_db_foreign_key(self, model, column):
        """Create none."""


class BigInteger(fields.Integer):
    """Senders count in 64 bits; Odoo's Integer has 32."""

    _column_type = ("int8", "int8")
