from odoo import models
from odoo.tools import SQL


class LotDispositionEntry(models.Model):
    """The ledger of dispositions, sealed as the message log is."""

    _name = "lot.disposition.entry"
    _inherit = ["lot.disposition.entry", "integration.sealed.mixin"]

    _sealed_columns = (
        "kind",
        "lot_id",
        "package_id",
        "location_id",
        "subject",
        "product_id",
        "company_id",
        "from_status",
        "to_status",
        "quantity",
        "reason",
        "path",
        "user_id",
        "recorded_at",
        "request_id",
        "res_model",
        "res_id",
        "transaction_id",
    )

    def _get_written_at_sql(self):
        return SQL.identifier("recorded_at")
