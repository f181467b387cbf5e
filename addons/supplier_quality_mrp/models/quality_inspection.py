from odoo import fields, models


class QualityInspection(models.Model):
    _inherit = "quality.inspection"

    production_id = fields.Many2one(
        "mrp.production", string="Production order", index="btree_not_null"
    )

    def _prepare_request_vals(self, lines, plan):
        return {
            **super()._prepare_request_vals(lines, plan),
            "production_id": lines.move_id.production_id[:1].id,
        }

    def _prepare_nonconformance_vals(self):
        return {
            **super()._prepare_nonconformance_vals(),
            "production_id": self.production_id.id,
        }
