from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_vendor_list_mode(self, partner, company):
        """Return off, warn or block: of the product, its category, the supplier, or all."""
        self.ensure_one()
        partner = partner.commercial_partner_id
        # A machine that orders or receives may read no companies; this one setting counts
        # for it too.
        return (
            self.product_tmpl_id.vendor_list_mode
            or self.categ_id._get_vendor_list_mode()
            or partner.vendor_list_mode
            or company.sudo().vendor_list_mode
        )
