from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class TraceabilityRelabelLine(models.Model):
    """A lot that goes into a relabelling or comes out of it."""

    _name = "traceability.relabel.line"
    _inherit = "integration.own.company.mixin"
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

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.relabel_id._check_not_done()
        return lines

    def write(self, vals):
        self.relabel_id._check_not_done()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        self.relabel_id._check_not_done()

    def _make_move(self, parts):
        """Return a confirmed move of these lines, all of one side.

        :param parts: ``(lot, package, owner, quantity)`` to move.
        """
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
        is_input = self[:1].side == "input"
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": relabel.product_id.id,
                    "product_uom_id": relabel.uom_id.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                    "owner_id": owner.id,
                    "package_id": package.id if is_input else False,
                    "result_package_id": False if is_input else package.id,
                    "location_id": ends[0].id,
                    "location_dest_id": ends[1].id,
                }
            )
            for lot, package, owner, quantity in parts
        ]
        move.picked = True
        return move

    def _find_stock(self):
        """Return what to take, one ``(lot, package, owner, quantity)`` a quant.

        :raises UserError: there is not as much of a lot at the place.
        """
        parts = []
        for line in self:
            lot, left = line._find_lot(), line.quantity
            quants = self.env["stock.quant"].search(
                [
                    ("lot_id", "=", lot.id),
                    ("location_id", "=", line.relabel_id.location_id.id),
                    ("quantity", ">", 0),
                ],
                order="id",
            )
            for quant in quants:
                part = min(left, quant.quantity)
                if line.uom_id.compare(part, 0) > 0:
                    parts.append((lot, quant.package_id, quant.owner_id, part))
                    left -= part
            if line.uom_id.compare(left, 0) > 0:
                raise UserError(
                    self.env._(
                        "There are %(there)g %(unit)s of lot %(lot)s at %(place)s, and "
                        "%(asked)g were to be taken.",
                        there=sum(quants.mapped("quantity")),
                        unit=line.uom_id.name,
                        lot=lot.name,
                        place=line.relabel_id.location_id.display_name,
                        asked=line.quantity,
                    )
                )
        return parts

    def _spread(self, taken):
        """Return what to put back: in the packages and of the owners it was taken from."""
        pools = [[package, owner, quantity] for _lot, package, owner, quantity in taken]
        parts = []
        for line in self:
            lot, left = line._find_lot(), line.quantity
            while pools and line.uom_id.compare(left, 0) > 0:
                package, owner, there = pools[0]
                part = min(left, there)
                parts.append((lot, package, owner, part))
                left -= part
                pools[0][2] -= part
                if line.uom_id.compare(pools[0][2], 0) <= 0:
                    pools.pop(0)
        return parts

    def _find_lot(self):
        """:raises UserError: there is no such lot to take from."""
        self.ensure_one()
        product = self.relabel_id.product_id
        Lot = self.env["stock.lot"]
        lot = Lot.search(
            [
                ("product_id", "=", product.id),
                ("name", "=", self.lot_name),
                ("company_id", "in", (self.company_id.id, False)),
            ],
            limit=1,
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
