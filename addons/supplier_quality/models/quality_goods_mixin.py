from odoo import models


class QualityGoodsMixin(models.AbstractModel):
    """How our events name the goods that a record is about.

    For records with ``product_id``, ``lot_id``, ``picking_id``, ``partner_id`` and
    ``quantity`` in the product's unit.
    """

    _name = "quality.goods.mixin"
    _description = "Goods in Quality Events"

    def _prepare_goods_payload(self):
        """Return the members lot, item, receipt, order, supplier and quantity."""
        self.ensure_one()
        product = self.product_id
        partner = self.partner_id
        return {
            "lot": self.lot_id.name or None,
            "item": product.default_code or product.barcode or f"product-{product.id}",
            "item_name": product.name,
            "receipt": self.picking_id.name or None,
            "purchase_order": self.picking_id.purchase_id.name or None,
            "supplier": partner.ref or partner.name or None,
            "quantity": self.quantity,
            "unit": product.uom_id.name,
        }
