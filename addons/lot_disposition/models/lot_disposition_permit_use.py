from odoo import fields, models


class LotDispositionPermitUse(models.Model):
    """What a permit was used for. The database lets nothing go that needs one without."""

    _name = "lot.disposition.permit.use"
    _inherit = "append.only.mixin"
    _description = "Use of a Permit"
    _order = "id desc"
    _log_access = False

    permit_id = fields.Many2one(
        "lot.disposition.permit",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    package_id = fields.Many2one("stock.package", readonly=True, ondelete="restrict")
    location_id = fields.Many2one("stock.location", readonly=True, ondelete="restrict")
    move_line_id = fields.Many2one(
        "stock.move.line", required=True, readonly=True, index=True, ondelete="restrict"
    )
    quantity = fields.Float(required=True, readonly=True, digits="Product Unit")
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    used_at = fields.Datetime(required=True, readonly=True)
