from odoo import fields, models

from .quality_approved_vendor import MODE


class ProductCategory(models.Model):
    _inherit = "product.category"

    vendor_list_mode = fields.Selection(
        MODE,
        string="Vendor list",
        help="What buying from a vendor that is not approved does. Empty: as the parent.",
    )

    def _get_path(self):
        """Return ids from the root category down to this one."""
        return [int(part) for part in (self.parent_path or "").split("/") if part]

    def _get_vendor_list_mode(self):
        """Return the mode of this category or the nearest one above, or False."""
        path = self.browse(self._get_path())
        return next(
            (one.vendor_list_mode for one in path[::-1] if one.vendor_list_mode), False
        )
