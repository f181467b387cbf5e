from odoo import fields, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    _inherit = "product.product"

    held_qty = fields.Float(
        string="On Hold",
        compute="_compute_held_qty",
        digits="Product Unit",
        help="On hand, but may not be consumed or shipped.",
    )
    disposition_permit_ids = fields.One2many(
        "lot.disposition.permit",
        "product_id",
        string="Permits in force",
        domain=[("state", "=", "active")],
    )

    def _compute_held_qty(self):
        held = self._get_held_quants(None, None, None)
        for product in self:
            product.held_qty = sum(
                held.get(product, self.env["stock.quant"]).mapped("quantity")
            )

    def _compute_quantities_dict(
        self, lot_id, owner_id, package_id, from_date=False, to_date=False
    ):
        """Held stock is not free, and what may never be released is not forecast."""
        quantities = super()._compute_quantities_dict(
            lot_id, owner_id, package_id, from_date=from_date, to_date=to_date
        )
        moment = fields.Datetime.to_datetime(to_date)
        if moment and moment < fields.Datetime.now():
            return quantities  # a question about the past
        for product, quants in self._get_held_quants(
            lot_id, owner_id, package_id
        ).items():
            values = quantities.get(product.id)
            if not values:
                continue
            for quant in quants:
                values["free_qty"] -= quant.quantity - quant.reserved_quantity
            values["virtual_available"] -= quants._get_unexpected_quantity()
        return quantities

    def _get_held_quants(self, lot_id, owner_id, package_id):
        """Return ``{product: held quants}`` in the locations the context asks for."""
        Quant = self.env["stock.quant"]
        domain = (
            Domain("product_id", "in", self.ids)
            & Domain(self._get_domain_locations()[0])
            & Quant._get_held_domain()
        )
        for name, value in (
            ("lot_id", lot_id),
            ("owner_id", owner_id),
            ("package_id", package_id),
        ):
            if value is not None:
                domain &= Domain(name, "=", value)
        groups = Quant._read_group(domain, ["product_id"], ["id:recordset"])
        return dict(groups)
