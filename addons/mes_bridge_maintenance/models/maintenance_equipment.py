from odoo import fields, models


class MaintenanceEquipment(models.Model):
    _inherit = "maintenance.equipment"

    mes_workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Work centre",
        check_company=True,
        index="btree_not_null",
        help="Its downtime, as the shop floor reports it, is this machine's.",
    )
