from odoo import Command, fields, models
from odoo.exceptions import UserError


class TraceabilityRelabelLine(models.Model):
    """A lot that goes into a relabelling or comes out of it."""

    _name = "traceability.relabel.line"
    _description = "Relabelled Lot"
    _order = "relabel_id, side, id"

    relabel_id = fields.Many2one(
        "traceability.relabel", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="relabel_id.company_id", store=True)
    side = fields.Selection(
        [("input", "Before"), ("output", "After")], required=True, default="output"
    )
    lot_name = fields.Char(
        string="Lot", required=True, help="After: a new lot is made if need be."
    )
    quantity = fields.Float(digits="Product Unit", required=True)
    uom_id = fields.Many2one(related="relabel_id.uom_id")

    def _make_move(self):
        """Return a confirmed move of these lines, all of one side."""
        relabel = self.relabel_id
        outside = relabel.product_id.with_company(
            relabel.company_id
        ).property_stock_production
        ends = [relabel.location_id, outside]
        if self[:1].side == "output":
            ends.reverse()
        move = self.env["stock.move"].create(
            {
                "product_id": relabel.product_id.id,
                "product_uom_qty": sum(self.mapped("quantity")),
                "product_uom": relabel.uom_id.id,
                "location_id": ends[0].id,
                "location_dest_id": ends[1].id,
                "company_id": relabel.company_id.id,
                "origin": relabel.name,
                "reference": relabel.name,
                "relabel_id": relabel.id,
            }
        )
        move._action_confirm(merge=False)
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": relabel.product_id.id,
                    "product_uom_id": relabel.uom_id.id,
                    "lot_id": line._find_lot().id,
                    "quantity": line.quantity,
                    "location_id": ends[0].id,
                    "location_dest_id": ends[1].id,
                }
            )
            for line in self
        ]
        move.picked = True
        return move

    def _find_lot(self):
        """:raises UserError: there is no such lot to take from."""
        self.ensure_one()
        product = self.relabel_id.product_id
        Lot = self.env["stock.lot"]
        lot = Lot.search(
            [("product_id", "=", product.id), ("name", "=", self.lot_name)], limit=1
        )
        if lot:
            return lot
        if self.side == "input":
            raise UserError(
                self.env._(
                    "There is no lot %(lot)s of %(product)s.",
                    lot=self.lot_name,
                    product=product.display_name,
                )
            )
        return Lot.create(
            {
                "product_id": product.id,
                "name": self.lot_name,
                "company_id": self.company_id.id,
            }
        )
