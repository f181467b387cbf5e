from odoo import fields, models


class IntegrationRejection(models.Model):
    """How much came in that is not stored one by one, added up over a few seconds."""

    _name = "integration.rejection"
    _inherit = "append.only.mixin"
    _description = "Rejected Requests"
    _order = "id desc"
    _log_access = False

    system_id = fields.Many2one(
        "integration.system",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The system the requests claimed to be; empty when there is none of that code.",
    )
    kind = fields.Selection(
        [
            ("unauthenticated", "Failed authentication"),
            ("duplicate", "Accepted before, answered again"),
        ],
        readonly=True,
        required=True,
        default="unauthenticated",
    )
    count = fields.Integer(readonly=True, required=True)
    recorded_at = fields.Datetime(readonly=True, required=True)
