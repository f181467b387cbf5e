from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("product_id", "in", self.ids)], ["product_id"], ["__count"]
            )
        )
        for product in self:
            product.inspection_count = counts.get(product, 0)

    def action_open_inspections(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("product_id", "in", self.ids)], context={})
