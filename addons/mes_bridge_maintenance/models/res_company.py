from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    mes_maintenance_minutes = fields.Integer(
        string="Minutes of downtime",
        default=30,
        help="A machine that stands still as long is looked after.",
    )
    mes_maintenance_count = fields.Integer(
        string="Downtimes in a day",
        default=3,
        help="A machine that stands still as often within 24 hours is looked after.",
    )
