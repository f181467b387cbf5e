from odoo import fields, models


class TraceabilityRecallStock(models.Model):
    """Affected stock on hand, by place."""

    _name = "traceability.recall.stock"
    _description = "Affected Stock"
    _order = "recall_id, lot_id, id"
    _log_access = False

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    lot_id = fields.Many2one("stock.lot", ondelete="restrict")
    node_id = fields.Many2one(
        "traceability.node", string="Batch without lot", ondelete="restrict"
    )
    product_id = fields.Many2one("product.product", ondelete="restrict")
    location_id = fields.Many2one("stock.location", required=True, ondelete="restrict")
    is_transit = fields.Boolean(string="In transit")
    quantity = fields.Float(digits="Product Unit", string="On hand")
    reserved_quantity = fields.Float(digits="Product Unit", string="Reserved")
    uom_id = fields.Many2one(related="product_id.uom_id")
    disposition = fields.Selection(related="lot_id.disposition")
