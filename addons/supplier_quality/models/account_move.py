from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    nonconformance_id = fields.Many2one(
        "quality.nonconformance", readonly=True, copy=False, index="btree_not_null"
    )
