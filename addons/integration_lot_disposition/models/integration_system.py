from odoo import fields, models


class IntegrationSystem(models.Model):
    _inherit = "integration.system"

    owns_dispositions = fields.Boolean(
        string="Decides about Lots",
        help="It is the system of record of dispositions in its company: people here may "
        "still stop a lot, and decide nothing else.",
    )
