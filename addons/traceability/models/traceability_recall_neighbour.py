from odoo import fields, models

from .traceability_recall_fields import AnswerReference


class TraceabilityRecallNeighbour(models.Model):
    """A lot near the suspect ones that is not affected, and why it looks as if."""

    _name = "traceability.recall.neighbour"
    _description = "Lot Not Affected"
    _order = "recall_id, id"
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    lot_id = AnswerReference("stock.lot", required=True)
    product_id = fields.Many2one(related="lot_id.product_id")
    suspect_lot_id = AnswerReference("stock.lot", string="Near to")
    nearness = fields.Selection(
        [
            ("receipt", "Came with the same receipt"),
            ("product", "Same product, next in number"),
        ],
        string="Near because",
        required=True,
    )
    reason = fields.Char(compute="_compute_reason", string="Not affected because")

    def _compute_reason(self):
        for neighbour in self:
            neighbour.reason = self.env._(
                "No step leads from a suspect lot into %s.", neighbour.lot_id.name
            )
