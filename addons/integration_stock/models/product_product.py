from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_item_code(self):
        """Return what other systems know the product by in our own events."""
        self.ensure_one()
        return self.default_code or self.barcode or f"product-{self.id}"
