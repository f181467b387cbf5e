from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gs1_company_prefix = fields.Char(
        related="company_id.gs1_company_prefix", readonly=False
    )
    epcis_form = fields.Selection(related="company_id.epcis_form", readonly=False)
    epcis_namespace = fields.Char(related="company_id.epcis_namespace", readonly=False)
    epcis_address = fields.Char(
        compute="_compute_epcis_address", string="EPCIS repository"
    )

    def _compute_epcis_address(self):
        for settings in self:
            settings.epcis_address = f"{settings.get_base_url()}/epcis/v2"
