from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    mes_event_id = fields.Many2one(
        "mes.event",
        string="Shop floor report",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
