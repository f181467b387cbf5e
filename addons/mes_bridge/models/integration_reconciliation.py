from odoo import fields, models


class IntegrationReconciliation(models.Model):
    _inherit = "integration.reconciliation"

    mes_since = fields.Datetime(
        string="Orders since",
        readonly=True,
        help="Orders that were closed before are not part of the snapshot.",
    )
