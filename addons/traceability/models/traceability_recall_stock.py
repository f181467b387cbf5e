from odoo import fields, models


class TraceabilityRecallStock(models.Model):
    """Affected stock on hand, by place."""

    _name = "traceability.recall.stock"
    _description = "Affected Stock"
    _order = "recall_id, lot_id, id"

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    lot_id = fields.Many2one("stock.lot", required=True, ondelete="restrict")
    product_id = fields.Many2one(related="lot_id.product_id")
    location_id = fields.Many2one("stock.location", required=True, ondelete="restrict")
    quantity = fields.Float(digits="Product Unit", string="On hand")
    reserved_quantity = fields.Float(digits="Product Unit", string="Reserved")
    uom_id = fields.Many2one(related="lot_id.product_uom_id")
