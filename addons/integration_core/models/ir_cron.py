from odoo import fields, models

from ..cron_round import action_of_round


class IrCron(models.Model):
    _inherit = "ir.cron"

    integration_lane_id = fields.Many2one(
        "integration.lane", index="btree_not_null", ondelete="cascade", readonly=True
    )

    @classmethod
    def _process_job(cls, cron_cr, job):
        with action_of_round(cron_cr):
            return super()._process_job(cron_cr, job)
