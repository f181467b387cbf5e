from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gs1_company_prefix = fields.Char(
        related="company_id.gs1_company_prefix", readonly=False
    )
    epcis_identifier_form = fields.Selection(
        related="company_id.epcis_identifier_form", readonly=False
    )
    epcis_namespace = fields.Char(related="company_id.epcis_namespace", readonly=False)
