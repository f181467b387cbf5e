from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    mes_release_without_material = fields.Boolean(
        string="Release without material",
        default=False,
        help="Orders go to the shop floor although not all components are reserved.",
    )
