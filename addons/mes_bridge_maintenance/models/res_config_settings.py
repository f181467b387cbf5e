from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mes_maintenance_minutes = fields.Integer(
        related="company_id.mes_maintenance_minutes", readonly=False
    )
    mes_maintenance_count = fields.Integer(
        related="company_id.mes_maintenance_count", readonly=False
    )
