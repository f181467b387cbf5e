from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        for template in self:
            variants = template.product_variant_ids
            template.inspection_count = sum(variants.mapped("inspection_count"))

    def action_open_inspections(self):
        return self.product_variant_ids.action_open_inspections()
