from odoo import api, models
from odoo.tools import SQL


class IntegrationSealedMixin(models.AbstractModel):
    """A ledger whose rows are sealed in the background, see ``integration.seal``.

    Inherit it beside ``append.only.mixin`` and name the columns.
    """

    _name = "integration.sealed.mixin"
    _description = "Sealed Ledger Mixin"

    # Columns that a seal covers, in this order. A column that is added later goes to
    # the end only together with a new form of seal: old rows were sealed without it.
    _sealed_columns = ()

    @api.model
    def _find_other_faults(self):
        """Return sentences about what no seal covers and yet has to fit. A hook."""
        return []

    def _get_written_at_sql(self) -> SQL:
        """Return the expression of when a row was written, naive UTC. A hook.

        Verifying tells by it how long a row has been waiting for its seal; of rows
        whose moment is NULL it cannot tell.
        """
        return (
            SQL.identifier("create_date")
            if self._log_access
            else SQL("NULL::timestamp")
        )
