from odoo import fields, models


class StockLotSplit(models.Model):
    """A part of a lot became a lot of its own, to be decided on by itself.

    Other addons read the link: what holds for the parent's past holds for the child's.
    """

    _name = "stock.lot.split"
    _inherit = "append.only.mixin"
    _description = "Split of a Lot"
    _order = "id desc"
    _log_access = False

    parent_lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    child_lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    quantity = fields.Float(required=True, readonly=True, digits="Product Unit")
    location_id = fields.Many2one(
        "stock.location", required=True, readonly=True, ondelete="restrict"
    )
    out_line_id = fields.Many2one(
        "stock.move.line", required=True, readonly=True, ondelete="restrict"
    )
    in_line_id = fields.Many2one(
        "stock.move.line", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    split_at = fields.Datetime(required=True, readonly=True)
