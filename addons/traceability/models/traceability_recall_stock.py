from odoo import api, fields, models

from .traceability_recall_fields import AnswerReference

STOPPED = ("quarantined", "rejected")


class TraceabilityRecallStock(models.Model):
    """Affected stock on hand, by place."""

    _name = "traceability.recall.stock"
    _description = "Affected Stock"
    _order = "id"  # as it was written: sorting again takes long where there is much
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    lot_id = AnswerReference("stock.lot")
    node_id = AnswerReference("traceability.node", string="Batch without lot")
    product_id = AnswerReference("product.product")
    location_id = AnswerReference("stock.location", required=True)
    is_transit = fields.Boolean(string="In transit")
    quantity = fields.Float(digits="Product Unit", string="On hand")
    reserved_quantity = fields.Float(digits="Product Unit", string="Reserved")
    uom_id = fields.Many2one(related="product_id.uom_id")
    disposition = fields.Selection(related="lot_id.disposition")
    is_contained = fields.Boolean(
        compute="_compute_is_contained",
        string="Stopped",
        help="Stock without a lot is stopped by nothing but people, or a held place.",
    )

    @api.depends("lot_id.disposition", "location_id.effective_disposition")
    def _compute_is_contained(self):
        for row in self:
            held = (row.lot_id.disposition, row.location_id.effective_disposition)
            row.is_contained = bool(set(held) & set(STOPPED))
