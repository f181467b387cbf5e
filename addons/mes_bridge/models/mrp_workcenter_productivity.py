from odoo import fields, models


class MrpWorkcenterProductivity(models.Model):
    _inherit = "mrp.workcenter.productivity"

    mes_identity = fields.Char(
        string="Shop floor report",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The report that the interval comes from.",
    )
