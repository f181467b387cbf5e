from odoo import api, fields, models

from . import traceability_queries as queries

KIND = [
    ("receipt", "Received"),
    ("production", "Made into"),
    ("shipment", "Shipped"),
    ("customer_return", "Returned by a customer"),
    ("vendor_return", "Returned to the vendor"),
    ("scrap", "Scrapped"),
]
CONFIDENCE = [
    ("exact", "Exact"),
    ("allocated", "Allocated within the order"),
    ("assumed", "Assumed"),
]


class TraceabilityEdge(models.Model):
    """One step of a lot: from a partner, into another lot, to a partner, or away.

    Written with the stock move, in its transaction, and corrected with it. Rows are
    what the walks and recalls read; the history of what was recorded is the lot ledger.
    """

    _name = "traceability.edge"
    _description = "Genealogy Step"
    _order = "occurred_at desc, id desc"
    _log_access = False

    natural_key = fields.Char(
        required=True,
        readonly=True,
        help="What this step is about; posting it again cannot double it.",
    )
    kind = fields.Selection(KIND, required=True, readonly=True)
    input_lot_id = fields.Many2one(
        "stock.lot", string="From lot", readonly=True, ondelete="restrict"
    )
    output_lot_id = fields.Many2one(
        "stock.lot", string="Into lot", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="What the quantity counts.",
    )
    output_product_id = fields.Many2one(
        "product.product", string="Made product", readonly=True, ondelete="restrict"
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="In the product's unit. A production step counts how much of the input "
        "went into this output.",
    )
    product_uom_id = fields.Many2one(
        "uom.uom", string="Unit", readonly=True, ondelete="restrict"
    )
    confidence = fields.Selection(
        CONFIDENCE, required=True, readonly=True, default="exact"
    )
    occurred_at = fields.Datetime(required=True, readonly=True)
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    production_id = fields.Many2one(
        "mrp.production",
        string="Production order",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", readonly=True, ondelete="restrict"
    )
    reference = fields.Char(string="Document", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict", index=True
    )

    _natural_key_unique = models.UniqueIndex("(natural_key)")
    _forward_index = models.Index(
        "(input_lot_id, output_lot_id) WHERE input_lot_id IS NOT NULL"
    )
    _backward_index = models.Index(
        "(output_lot_id, input_lot_id) WHERE output_lot_id IS NOT NULL"
    )
    _an_end = models.Constraint(
        "CHECK(input_lot_id IS NOT NULL OR output_lot_id IS NOT NULL)",
        "A step begins or ends at a lot.",
    )

    @api.depends("kind", "input_lot_id", "output_lot_id", "partner_id")
    def _compute_display_name(self):
        # Who may read the step may read the names at its ends, auditors too.
        for edge in self.sudo():
            ends = (
                edge.input_lot_id.name or edge.partner_id.name,
                edge.output_lot_id.name or edge.partner_id.name,
            )
            edge.display_name = " → ".join(end or "…" for end in ends)

    @api.model
    def _walk(self, lots, direction="forward"):
        """Return the steps that can be reached from lots, both ends being lots.

        Within the companies of the user; other access is the caller's business.

        :returns: distinct ``[(from lot id, to lot id)]`` in walking direction.
        """
        self.check_access("read")
        return queries.walk(self.env, lots.ids, direction, self.env.companies.ids)

    @api.model
    def _store(self, vals_list, *, lines=None, productions=None):
        """Write steps by their natural key, and drop what these documents no longer say.

        :param vals_list: dicts of all columns, see ``_prepare_edge_vals`` of the
            documents; may be empty.
        :param lines, productions: the documents whose steps these are *all* of.
        """
        queries.upsert_edges(self.env, vals_list)
        if lines or productions:
            queries.delete_other_edges(
                self.env,
                lines.ids if lines else (),
                productions.ids if productions else (),
                [vals["natural_key"] for vals in vals_list],
            )

    def action_open_document(self):
        """Open the production order or the transfer behind this step."""
        self.ensure_one()
        document = self.production_id or self.picking_id or self.move_line_id
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }
