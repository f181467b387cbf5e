from odoo import fields, models

from ..lib.decision import HELD, NOT_FORECAST


class ProductProduct(models.Model):
    _inherit = "product.product"

    held_qty = fields.Float(
        string="On Hold",
        compute="_compute_held_qty",
        digits="Product Unit",
        help="On hand, in lots that may not be consumed or shipped.",
    )

    def _compute_held_qty(self):
        held = self._get_held_quantities(None, None, None)
        for product in self:
            product.held_qty = sum(
                on_hand for _s, on_hand, _r in held.get(product.id, ())
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
        for product_id, held in self._get_held_quantities(
            lot_id, owner_id, package_id
        ).items():
            values = quantities.get(product_id)
            if not values:
                continue
            for status, on_hand, reserved in held:
                values["free_qty"] -= on_hand - reserved
                if status in NOT_FORECAST:
                    values["virtual_available"] -= on_hand
        return quantities

    def _get_held_quantities(self, lot_id, owner_id, package_id):
        """Return ``{product id: [(status, on hand, reserved)]}`` in the locations asked
        for by the context, in one query."""
        domain = [
            ("product_id", "in", self.ids),
            ("lot_id.disposition", "in", tuple(HELD)),
            *self._get_domain_locations()[0],
        ]
        for name, value in (
            ("lot_id", lot_id),
            ("owner_id", owner_id),
            ("package_id", package_id),
        ):
            if value is not None:
                domain.append((name, "=", value))
        groups = self.env["stock.quant"]._read_group(
            domain, ["product_id", "lot_id"], ["quantity:sum", "reserved_quantity:sum"]
        )
        held = {}
        for product, lot, on_hand, reserved in groups:
            held.setdefault(product.id, []).append((lot.disposition, on_hand, reserved))
        return held
