from odoo import models
from odoo.tools import SQL


class LotDispositionApproval(models.Model):
    """Who approved and signed, sealed as the message log is."""

    _name = "lot.disposition.approval"
    _inherit = ["lot.disposition.approval", "integration.sealed.mixin"]

    _sealed_columns = (
        "request_id",
        "user_id",
        "name",
        "meaning",
        "is_signed",
        "approved_at",
    )

    def _get_written_at_sql(self):
        return SQL.identifier("approved_at")
