from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mes_release_without_material = fields.Boolean(
        related="company_id.mes_release_without_material", readonly=False
    )
