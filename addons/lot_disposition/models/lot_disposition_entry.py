from odoo import api, fields, models

STATUS = [
    ("pending", "Pending"),
    ("released", "Released"),
    ("restricted", "Restricted"),
    ("quarantined", "Quarantined"),
    ("rejected", "Rejected"),
]
PATH = [
    ("ui", "By hand"),
    ("rpc", "Interface"),
    ("message", "Message"),
    ("inspection", "Inspection"),
    ("recall", "Recall"),
    ("system", "Rule"),
]


class LotDispositionEntry(models.Model):
    """One change of what a lot may be used for. Never edited."""

    _name = "lot.disposition.entry"
    _inherit = "append.only.mixin"
    _description = "Disposition Ledger"
    _order = "id desc"
    _log_access = False

    lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    from_status = fields.Selection(STATUS, string="From", readonly=True)
    to_status = fields.Selection(STATUS, string="To", required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    path = fields.Selection(PATH, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    recorded_at = fields.Datetime(required=True, readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Source document", model_field="res_model", readonly=True
    )

    @api.depends("lot_id", "to_status")
    def _compute_display_name(self):
        labels = dict(STATUS)
        for entry in self:
            entry.display_name = f"{entry.lot_id.name}: {labels.get(entry.to_status)}"
