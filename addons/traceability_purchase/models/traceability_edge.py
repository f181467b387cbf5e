from odoo import fields, models


class TraceabilityEdge(models.Model):
    _inherit = "traceability.edge"

    purchase_order_id = fields.Many2one(
        "purchase.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
