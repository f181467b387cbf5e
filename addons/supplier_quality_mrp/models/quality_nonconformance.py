from odoo import fields, models


class QualityNonconformance(models.Model):
    _inherit = "quality.nonconformance"

    production_id = fields.Many2one(
        "mrp.production",
        string="Production order",
        index="btree_not_null",
        check_company=True,
    )
