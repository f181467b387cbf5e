from odoo import models


class IntegrationSealedMixin(models.AbstractModel):
    """A ledger whose rows are sealed in the background, see ``integration.seal``.

    Inherit it beside ``append.only.mixin`` and name the columns.
    """

    _name = "integration.sealed.mixin"
    _description = "Sealed Ledger Mixin"

    # Columns that a seal covers, in this order. A column that is added later goes to
    # the end only together with a new form of seal: old rows were sealed without it.
    _sealed_columns = ()
