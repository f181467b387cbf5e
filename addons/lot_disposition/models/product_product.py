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
        planner = self.with_context(lot_disposition_expected=False)
        products = planner if self.env.context.get("lot_disposition_expected") else self
        quantities = super(ProductProduct, products)._compute_quantities_dict(
            lot_id, owner_id, package_id, from_date=from_date, to_date=to_date
        )
        moment = fields.Datetime.to_datetime(to_date)
        past = moment and moment < fields.Datetime.now()
        for product, quants in products._get_held_quants(
            lot_id, owner_id, package_id
        ).items():
            values = quantities.get(product.id)
            if not values:
                continue
            expired = self._filter_expired(quants)
            values["free_qty"] -= (quants - expired)._get_unreserved_quantity()
            if past:  # what is reserved, and what is on hold, is so now
                continue
            values["virtual_available"] -= quants._get_unexpected_quantity()
            values["virtual_available"] += expired._filter_unexpected()._get_unreserved_quantity()
        return quantities

    def _filter_expired(self, quants):
        """Return what Odoo subtracted already, being past its removal date."""
        limit = self.env.context.get("with_expiration")
        if not limit:
            return quants.browse()
        limit = self.env.context.get("to_date") or limit
        return quants.filtered_domain([("removal_date", "<=", limit)])

    def _get_domain_locations_new(self, location_ids):
        """Where all that is there is asked for, planning may ask for what it counts on."""
        quants, moves_in, moves_out = super()._get_domain_locations_new(location_ids)
        if self.env.context.get("lot_disposition_expected"):
            quants = Domain(quants) & self.env["stock.quant"]._get_expected_domain()
        return quants, moves_in, moves_out

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
