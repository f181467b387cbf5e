from odoo import fields, models


class MesOrderAlias(models.Model):
    """Another reference by which the shop floor means an order, assigned by a person."""

    _name = "mes.order.alias"
    _description = "Shop Floor Order Alias"

    name = fields.Char(string="Reference", required=True, readonly=True)
    order_id = fields.Many2one(
        "mes.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)

    _name_unique = models.Constraint(
        "UNIQUE(name, company_id)", "This reference is assigned to an order already."
    )
