from odoo import fields, models

from .traceability_recall_fields import AnswerReference


class TraceabilityRecallLine(models.Model):
    """One affected lot or batch, with the path that makes it so."""

    _name = "traceability.recall.line"
    _description = "Affected Lot"
    _order = "id"  # as it was written: sorting again takes long where there is much
    _log_access = False

    recall_id = AnswerReference("traceability.recall", required=True, index=True)
    company_id = AnswerReference("res.company", required=True)
    vertex = fields.Integer(required=True, help="The lot, or minus the batch.")
    lot_id = AnswerReference("stock.lot")
    node_id = AnswerReference("traceability.node", string="Batch without lot")
    product_id = fields.Many2one(related="lot_id.product_id")
    disposition = fields.Selection(related="lot_id.disposition")
    depth = fields.Integer(string="Steps away")
    path = fields.Char()
    confidence = fields.Selection(
        [("exact", "Exact"), ("allocated", "Allocated"), ("assumed", "Assumed")],
        help="How sure it is, by the surest way that leads here.",
    )
    is_start = fields.Boolean(string="Suspect")
