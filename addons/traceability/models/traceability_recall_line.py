from odoo import fields, models


class TraceabilityRecallLine(models.Model):
    """One affected lot, with the path that makes it so."""

    _name = "traceability.recall.line"
    _description = "Affected Lot"
    _order = "recall_id, depth, id"

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    lot_id = fields.Many2one("stock.lot", required=True, ondelete="restrict")
    product_id = fields.Many2one(related="lot_id.product_id")
    disposition = fields.Selection(related="lot_id.disposition")
    depth = fields.Integer(string="Steps away")
    path = fields.Char()
