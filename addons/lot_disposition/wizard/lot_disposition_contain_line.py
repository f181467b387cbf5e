from odoo import fields, models
from odoo.exceptions import UserError


class LotDispositionContainLine(models.TransientModel):
    """Goods to contain: a lot as a whole, or a quantity without lot in one place."""

    _name = "lot.disposition.contain.line"
    _description = "Goods to Contain"

    wizard_id = fields.Many2one(
        "lot.disposition.contain", required=True, ondelete="cascade"
    )
    product_id = fields.Many2one("product.product", required=True)
    lot_id = fields.Many2one("stock.lot", domain="[('product_id', '=', product_id)]")
    location_id = fields.Many2one("stock.location", required=True)
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")

    def _check_can_be_held(self):
        """:raises UserError: when nothing could be held, or it has no lot nor place."""
        if not self:
            raise UserError(self.env._("There is nothing to contain."))
        for line in self:
            if not line.lot_id and not line.wizard_id.quarantine_id:
                raise UserError(
                    self.env._(
                        "%s has no lot: choose the quarantine place it is moved to.",
                        line.product_id.display_name,
                    )
                )

    def _find_quants(self):
        """Return the stock of these goods that is in their places."""
        quants = self.env["stock.quant"]
        for line in self:
            quants |= quants.search(line._prepare_quant_domain())
        return quants

    def _prepare_quant_domain(self):
        self.ensure_one()
        return [
            ("product_id", "=", self.product_id.id),
            ("lot_id", "=", self.lot_id.id),
            ("location_id", "child_of", self.location_id.id),
            ("location_id.usage", "=", "internal"),
            ("location_id.in_quarantine", "=", False),
            ("quantity", ">", 0),
        ]

    def _move_to(self, place, reason):
        """Move these goods there, as much of each as is still in its place."""
        # Whoever may hold goods may take them out of the way: what the user may see of
        # them, and only between places of one company, which every move is checked for.
        Move = self.env["stock.move"].sudo()
        vals_list = []
        for line in self:
            left = line.quantity
            for quant in line._find_quants():
                quantity = quant.quantity if line.lot_id else min(left, quant.quantity)
                left -= quantity
                if quantity > 0:
                    vals_list.append(
                        quant.sudo()
                        .with_context(inventory_name=reason)
                        ._get_inventory_move_values(
                            quantity, quant.location_id, place, quant.package_id
                        )
                    )
        Move.create(vals_list)._action_done()
