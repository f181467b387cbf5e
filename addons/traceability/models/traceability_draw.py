from odoo import fields, models


class TraceabilityDraw(models.Model):
    """How much a move line took of a batch without lot; negative: gave back."""

    _name = "traceability.draw"
    _description = "Draw from a Batch without Lot"
    _log_access = False

    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    node_id = fields.Many2one(
        "traceability.node",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    # A batch that stands for one that was taken before it was made.
    owed_node_id = fields.Many2one(
        "traceability.node", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    quantity = fields.Float(readonly=True)
