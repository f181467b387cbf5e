from odoo import fields, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    integration_lane_id = fields.Many2one(
        "integration.lane", index="btree_not_null", ondelete="cascade", readonly=True
    )
