from odoo import api, fields, models
from odoo.tools import SQL

from ..lib.genealogy import Closure, Trace
from . import traceability_queries as queries
from .traceability_source_queries import store_source

KIND = [
    ("receipt", "Received"),
    ("production", "Went into"),
    ("consumption", "Consumed"),
    ("unbuild", "Taken apart"),
    ("repair", "Repaired with"),
    ("relabel", "Became"),
    ("reported", "Reported from outside"),
    ("settlement", "Stands for"),
    ("internal", "Moved"),
    ("shipment", "Shipped"),
    ("customer_return", "Returned by customer"),
    ("vendor_return", "Returned to vendor"),
    ("scrap", "Scrapped"),
    ("adjustment", "Counted"),
]


class TraceabilityEdge(models.Model):
    """One step in the life of a lot: where it came from, or what it became.

    Written in the transaction of the stock move and corrected with it; what was
    recorded first stays in the lot ledger. Lot to lot where something was made; from or
    to a partner at the borders; with one end where a lot moved, was scrapped or counted.
    """

    _name = "traceability.edge"
    _description = "Genealogy"
    _order = "occurred_at desc, id desc"
    _log_access = False

    kind = fields.Selection(KIND, required=True, readonly=True)
    input_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    output_lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    input_node_id = fields.Many2one(
        "traceability.node", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    output_node_id = fields.Many2one(
        "traceability.node", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    # A lot's id or minus a node's: one column to walk on.
    input_vertex = fields.Integer(compute="_compute_vertices", store=True)
    output_vertex = fields.Integer(compute="_compute_vertices", store=True)
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict")
    product_id = fields.Many2one(
        "product.product",
        readonly=True,
        ondelete="restrict",
        help="What the quantity is of.",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", readonly=True, ondelete="restrict"
    )
    confidence = fields.Selection(
        [("exact", "Exact"), ("allocated", "Allocated"), ("assumed", "Assumed")],
        required=True,
        readonly=True,
        default="exact",
        help="Allocated: the order says only which lots went in and came out in total. "
        "Assumed: stock without lots lay in between.",
    )
    move_id = fields.Many2one("stock.move", readonly=True, ondelete="restrict")
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, ondelete="restrict"
    )
    picking_id = fields.Many2one("stock.picking", readonly=True, ondelete="restrict")
    production_id = fields.Many2one(
        "mrp.production", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    reference = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    location_id = fields.Many2one(
        "stock.location", string="From", readonly=True, ondelete="restrict"
    )
    location_dest_id = fields.Many2one(
        "stock.location", string="To", readonly=True, ondelete="restrict"
    )
    package_id = fields.Many2one(
        "stock.package", string="Out of package", readonly=True, ondelete="set null"
    )
    result_package_id = fields.Many2one(
        "stock.package", string="Into package", readonly=True, ondelete="set null"
    )
    supplier_lot = fields.Char(related="output_lot_id.supplier_lot")
    occurred_at = fields.Datetime(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)

    _forward_index = models.Index(
        "(input_vertex, output_vertex) INCLUDE (company_id, confidence)"
        " WHERE input_vertex IS NOT NULL AND kind <> 'internal'"
    )
    _backward_index = models.Index(
        "(output_vertex, input_vertex) INCLUDE (company_id, confidence)"
        " WHERE output_vertex IS NOT NULL AND kind <> 'internal'"
    )
    _return_index = models.Index("(output_vertex) WHERE kind = 'customer_return'")
    _internal_index = models.Index("(input_vertex) WHERE kind = 'internal'")
    _partner_index = models.Index(
        "(partner_id, occurred_at) WHERE partner_id IS NOT NULL AND kind <> 'internal'"
    )
    _source_index = models.Index("(res_id, res_model) WHERE res_id IS NOT NULL")
    _line_once = models.UniqueIndex(
        "(move_line_id, kind, COALESCE(input_node_id, output_node_id, 0))"
        " WHERE move_line_id IS NOT NULL"
    )

    @api.depends("input_lot_id", "output_lot_id", "input_node_id", "output_node_id")
    def _compute_vertices(self):
        for edge in self:
            edge.input_vertex = edge.input_lot_id.id or -edge.input_node_id.id
            edge.output_vertex = edge.output_lot_id.id or -edge.output_node_id.id

    @api.model_create_multi
    def create(self, vals_list):
        """Leave an end that is none empty: an integer field would make it zero."""
        edges = super().create(vals_list)
        edges.flush_recordset()
        queries.empty_missing_ends(self.env, edges.ids)
        return edges

    @api.depends("kind", "input_vertex", "output_vertex", "partner_id")
    def _compute_display_name(self):
        # Who may read the step may read the names at its ends.
        for edge in self.sudo():
            source = edge.input_lot_id or edge.input_node_id or edge.partner_id
            target = edge.output_lot_id or edge.output_node_id or edge.partner_id
            edge.display_name = (
                f"{source.display_name or '?'} → {target.display_name or edge.kind}"
            )

    # Asking ---------------------------------------------------------------

    @api.model
    def trace(self, lots, direction="forward", nodes=None):
        """Return the genealogy of lots, at any depth, with quantities and documents.

        Within the companies of the user.

        :param lots: ``stock.lot``; ``nodes``: ``traceability.node``, batches without lot.
        :param direction: ``forward`` (what became of them) or ``backward``.
        :returns: ``lib.genealogy.Trace``
        :raises AccessError: when the user may not read the genealogy.
        """
        starts, companies = self._prepare_walk(lots, nodes)
        rows = queries.walk(self.env, starts, direction, companies)
        return Trace(starts, direction, rows)

    @api.model
    def closure(self, lots, direction="forward", nodes=None):
        """Return what can be reached from lots, and how sure that is; nothing else.

        Takes what :meth:`trace` takes, and a third of its time.

        :returns: ``lib.genealogy.Closure``
        """
        starts, companies = self._prepare_walk(lots, nodes)
        rows = queries.walk_links(self.env, starts, direction, companies)
        return Closure(starts, direction, rows)

    def _prepare_walk(self, lots, nodes):
        self.check_access("read")
        self.flush_model()
        starts = (*lots.ids, *(-node_id for node_id in (nodes.ids if nodes else ())))
        return starts, self.env.companies.ids

    # Writing --------------------------------------------------------------

    @api.model
    def _store_movements(self, lines, *, corrected=False):
        """Write the edges of finished lines that moved a lot. Returns how many."""
        self.env.flush_all()
        if corrected:
            queries.delete_movements(self.env, lines.ids)
        stored = queries.store_movements(
            self.env,
            lines._get_movements(SQL("line.id = ANY(%s)", lines.ids)),
            lines._get_movement_columns(),
        )
        self.invalidate_model()
        return stored

    @api.model
    def _store_source(self, source, columns, rows):
        """Write the edges of one document, see ``traceability.source.mixin``.

        :returns: whether they said something else before.
        """
        self.env.flush_all()
        changed = store_source(self.env, source._name, source.id, columns, rows)
        self.invalidate_model()
        return changed

    @api.model
    def _store_settlement(self, node, owed, quantity):
        """A batch stands for what was taken of its product before it was made."""
        # As with every edge: written by the move, whoever makes it.
        self.sudo().create(
            {
                "kind": "settlement",
                "input_node_id": node.id,
                "output_node_id": owed.id,
                "product_id": node.product_id.id,
                "uom_id": node.uom_id.id,
                "quantity": quantity,
                "confidence": "assumed",
                "move_id": node.move_line_id.move_id.id,
                "reference": node.name,
                "occurred_at": node.occurred_at,
                "company_id": node.company_id.id,
            }
        )

    def action_open_document(self):
        """Open the order, transfer or other document behind this step."""
        self.ensure_one()
        document = self.picking_id or self.production_id or self.move_id
        if self.res_model:
            document = self.env[self.res_model].browse(self.res_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }
