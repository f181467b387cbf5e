from odoo import models


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
