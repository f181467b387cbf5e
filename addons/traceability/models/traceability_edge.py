from odoo import api, fields, models

from . import traceability_queries as queries

KIND = [
    ("receipt", "Received"),
    ("production", "Went into"),
    ("shipment", "Shipped"),
    ("customer_return", "Returned by customer"),
    ("vendor_return", "Returned to vendor"),
    ("scrap", "Scrapped"),
]


class TraceabilityEdge(models.Model):
    """One step in the life of a lot: where it came from, or what it became.

    Written in the transaction of the stock move. Production edges lead from lot to lot;
    the others from or to a partner.
    """

    _name = "traceability.edge"
    _description = "Genealogy"
    _order = "occurred_at desc, id desc"

    kind = fields.Selection(KIND, required=True, readonly=True)
    input_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    output_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="What the quantity is of.",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    confidence = fields.Selection(
        [("exact", "Exact"), ("allocated", "Allocated"), ("assumed", "Assumed")],
        required=True,
        readonly=True,
        default="exact",
        help="Allocated: the order says only which lots went in and came out in total.",
    )
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    picking_id = fields.Many2one("stock.picking", readonly=True, ondelete="set null")
    production_id = fields.Many2one(
        "mrp.production", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    occurred_at = fields.Datetime(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    _forward_index = models.Index(
        "(input_lot_id, output_lot_id) WHERE input_lot_id IS NOT NULL"
    )
    _backward_index = models.Index(
        "(output_lot_id, input_lot_id) WHERE output_lot_id IS NOT NULL"
    )
    _line_once = models.UniqueIndex("(move_line_id) WHERE move_line_id IS NOT NULL")
    _production_once = models.UniqueIndex(
        "(production_id, input_lot_id, output_lot_id) WHERE production_id IS NOT NULL"
    )

    @api.depends("kind", "input_lot_id", "output_lot_id", "partner_id")
    def _compute_display_name(self):
        for edge in self:
            source = edge.input_lot_id.name or edge.partner_id.name or "?"
            target = edge.output_lot_id.name or edge.partner_id.name or edge.kind
            edge.display_name = f"{source} → {target}"

    @api.model
    def _walk(self, lots, direction="forward"):
        """Return where lots went to, or came from, by production.

        :param direction: ``forward`` (what they became) or ``backward``.
        :returns: list of ``(lot id, depth, path)``; the lots themselves have depth 0,
            ``path`` is the list of lot ids that leads there. Nearest first.
        """
        self.flush_model()
        return queries.walk(self.env.cr, lots.ids, direction)
