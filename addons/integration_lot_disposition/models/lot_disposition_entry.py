from odoo import models


class LotDispositionEntry(models.Model):
    """The ledger of dispositions, sealed as the message log is."""

    _name = "lot.disposition.entry"
    _inherit = ["lot.disposition.entry", "integration.sealed.mixin"]

    _sealed_columns = (
        "lot_id",
        "product_id",
        "company_id",
        "from_status",
        "to_status",
        "reason",
        "path",
        "user_id",
        "recorded_at",
        "res_model",
        "res_id",
    )
