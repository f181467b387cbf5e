from odoo import fields, models


class IntegrationReconciliation(models.Model):
    _inherit = "integration.reconciliation"

    warehouse_ids = fields.Many2many("stock.warehouse", string="Plants", readonly=True)
