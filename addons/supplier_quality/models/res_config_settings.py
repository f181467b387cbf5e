from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vendor_list_mode = fields.Selection(
        related="company_id.vendor_list_mode", readonly=False
    )
    scorecard_weight_ppm = fields.Integer(
        related="company_id.scorecard_weight_ppm", readonly=False
    )
    scorecard_weight_acceptance = fields.Integer(
        related="company_id.scorecard_weight_acceptance", readonly=False
    )
    scorecard_weight_delivery = fields.Integer(
        related="company_id.scorecard_weight_delivery", readonly=False
    )
    scorecard_weight_response = fields.Integer(
        related="company_id.scorecard_weight_response", readonly=False
    )
    scorecard_ppm_limit = fields.Integer(
        related="company_id.scorecard_ppm_limit", readonly=False
    )
    scorecard_response_days = fields.Integer(
        related="company_id.scorecard_response_days", readonly=False
    )
