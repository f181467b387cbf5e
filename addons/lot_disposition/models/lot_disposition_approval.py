from odoo import fields, models

MEANING = [
    ("review", "Review"),
    ("approval", "Approval"),
    ("responsibility", "Responsibility"),
    ("authorship", "Authorship"),
]


class LotDispositionApproval(models.Model):
    """Who approved a release, signed or not; never edited."""

    _name = "lot.disposition.approval"
    _inherit = "append.only.mixin"
    _description = "Approval"
    _order = "id"
    _log_access = False

    request_id = fields.Many2one(
        "lot.disposition.request",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    name = fields.Char(required=True, readonly=True, help="As printed at that time.")
    meaning = fields.Selection(MEANING, required=True, readonly=True)
    is_signed = fields.Boolean(
        string="Signed", readonly=True, help="The password was entered again."
    )
    approved_at = fields.Datetime(required=True, readonly=True)

    _once = models.UniqueIndex(
        "(request_id, user_id)", "A release takes the approval of different people."
    )
