from odoo import api, fields, models

from .traceability_recall_fields import AnswerReference


class TraceabilityRecallBalance(models.Model):
    """The mass balance of all affected lots of one product, in its unit.

    received + made + returned + adjusted =
    on hand + consumed + shipped + scrapped + returned to vendor + gap
    """

    _name = "traceability.recall.balance"
    _description = "Mass Balance"
    _order = "recall_id, product_id"
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    product_id = AnswerReference("product.product", required=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    received = fields.Float(digits="Product Unit")
    made = fields.Float(digits="Product Unit")
    returned = fields.Float(digits="Product Unit", string="Returned by customers")
    adjusted = fields.Float(digits="Product Unit", string="Counted ±")
    on_hand = fields.Float(digits="Product Unit")
    consumed = fields.Float(digits="Product Unit")
    shipped = fields.Float(digits="Product Unit")
    scrapped = fields.Float(digits="Product Unit")
    vendor_returned = fields.Float(digits="Product Unit", string="Returned to vendor")
    gap = fields.Float(digits="Product Unit")
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("gap", "product_id")
    def _compute_explanation(self):
        for balance in self:
            balance.explanation = balance.product_id._explain_gap(balance.gap)
