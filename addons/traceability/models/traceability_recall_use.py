from odoo import fields, models

from .traceability_recall_fields import AnswerReference


class TraceabilityRecallUse(models.Model):
    """What became of an affected lot inside the company."""

    _name = "traceability.recall.use"
    _description = "Use of Affected Lot"
    _order = "id"  # as it was written: sorting again takes long where there is much
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    kind = fields.Selection(
        [
            ("reserved", "Reserved"),
            ("in_progress", "In production"),
            ("consumed", "Consumed"),
            ("scrapped", "Scrapped"),
            ("vendor_return", "Returned to vendor"),
        ],
        required=True,
    )
    lot_id = AnswerReference("stock.lot")
    node_id = AnswerReference("traceability.node", string="Batch without lot")
    product_id = AnswerReference("product.product")
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    partner_id = fields.Many2one("res.partner", ondelete="restrict")
    reference = fields.Char(string="Document")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")

    def action_open_document(self):
        self.ensure_one()
        if not self.res_model:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
