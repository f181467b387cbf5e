from odoo import api, fields, models

# Of a product with more suspect lots than this, one nonconformance is about all of them.
LOTS_APART = 10


class TraceabilityRecall(models.Model):
    """A recall that contains something opens nonconformances about what it started from."""

    _inherit = "traceability.recall"

    nonconformance_ids = fields.One2many(
        "quality.nonconformance", "recall_id", readonly=True
    )
    nonconformance_count = fields.Integer(
        compute="_compute_nonconformance_count", string="Nonconformances"
    )

    @api.depends("nonconformance_ids")
    def _compute_nonconformance_count(self):
        for recall in self:
            recall.nonconformance_count = len(recall.nonconformance_ids)

    def action_open_nonconformances(self):
        self.ensure_one()
        return self.nonconformance_ids._get_records_action(
            name=self.env._("Nonconformances of %s", self.name)
        )

    def _on_contained(self, lots):
        result = super()._on_contained(lots)
        self._open_nonconformances()
        return result

    def _open_nonconformances(self):
        """Open what is not open yet, already contained."""
        self.ensure_one()
        starts = self.line_ids.filtered("is_start")
        known = self.nonconformance_ids
        lots = starts.lot_id - known.contained_lot_ids
        receipts = self._find_receipts(lots)
        for own in lots.grouped("product_id").values():
            for part in own if len(own) <= LOTS_APART else [own]:
                self._open_nonconformance(part.product_id, part, receipts)
        # A batch without lot is stock of its product, which nobody can tell apart.
        without_lot = starts.node_id.product_id - known.product_id
        for product in without_lot:
            self._open_nonconformance(product, lots.browse(), receipts)

    def _open_nonconformance(self, product, lots, receipts):
        vals = self._prepare_nonconformance_vals(product, lots, receipts)
        nonconformance = self.env["quality.nonconformance"].create(vals)
        nonconformance._set_contained(lots)

    def _prepare_nonconformance_vals(self, product, lots, receipts):
        receipt = receipts.get(lots[:1], self.env["traceability.edge"])
        on_hand = self.stock_ids.filtered(
            lambda row: row.lot_id in lots if lots else row.product_id == product
        )
        return {
            "recall_id": self.id,
            "company_id": self.company_id.id,
            "severity": "critical",
            "description": self._get_hold_reason(),
            "product_id": product.id,
            "lot_id": lots.id if len(lots) == 1 else False,
            # A stock that went below zero keeps nobody from containing.
            "quantity": max(0, sum(on_hand.mapped("quantity"))),
            "partner_id": receipt.partner_id.id,
            "picking_id": receipt.picking_id.id,
        }

    def _find_receipts(self, lots):
        """Return ``{lot: its latest receipt, a traceability.edge}``."""
        edges = self.env["traceability.edge"].search(
            [
                ("kind", "=", "receipt"),
                ("output_vertex", "in", lots.ids),
                ("company_id", "=", self.company_id.id),
            ],
            order="occurred_at, id",
        )
        return {edge.output_lot_id: edge for edge in edges}
