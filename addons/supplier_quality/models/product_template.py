from odoo import fields, models

from .quality_approved_vendor import MODE


class ProductTemplate(models.Model):
    _inherit = "product.template"

    vendor_list_mode = fields.Selection(
        MODE,
        string="Vendor list",
        help="What buying from a vendor that is not approved does. Empty: as the category.",
    )
