from odoo import fields, models


class TraceabilityRecallCustomer(models.Model):
    """What one customer has of one affected lot, returns taken off."""

    _name = "traceability.recall.customer"
    _description = "Affected Customer"
    _order = "recall_id, partner_id, id"

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", ondelete="restrict", string="Customer")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    lot_id = fields.Many2one("stock.lot", required=True, ondelete="restrict")
    product_id = fields.Many2one(related="lot_id.product_id")
    quantity = fields.Float(digits="Product Unit", string="Net quantity")
    uom_id = fields.Many2one(related="lot_id.product_uom_id")
    picking_ids = fields.Many2many("stock.picking", string="Deliveries")
