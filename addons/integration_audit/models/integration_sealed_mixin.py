from odoo import models
from odoo.tools import SQL


class IntegrationSealedMixin(models.AbstractModel):
    """Says under which name a ledger's row is known to people."""

    _inherit = "integration.sealed.mixin"

    def _get_row_name_sql(self) -> SQL:
        """Return the expression of a row's UUID, where it has one; else NULL.

        The row's columns stand under their own names.
        """
        return SQL("NULL::uuid")
