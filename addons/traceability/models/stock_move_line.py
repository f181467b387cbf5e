from odoo import api, models

# What changes the history of a line that is done already.
HISTORY_FIELDS = {
    "quantity",
    "lot_id",
    "lot_name",
    "product_uom_id",
    "location_id",
    "location_dest_id",
}
STOCKED = ("internal", "transit")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move moves stock without _action_done.
        lines.filtered(lambda line: line.state == "done").move_id._record_traceability()
        return lines

    def write(self, vals):
        done = self.browse()
        if HISTORY_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        result = super().write(vals)
        done.move_id._record_traceability()
        return result

    def _record_traceability(self):
        """Write the steps and ledger rows of done lines that cross our border.

        Productions have both sides of theirs written together, by the order.
        """
        tracked = self.filtered(lambda line: line._is_tracked_step())
        edges, events = [], []
        for line in tracked:
            for kind in line._get_trace_kinds():
                if line.product_uom_id.compare(line.quantity, 0) > 0:
                    edges.append(line._prepare_edge_vals(kind))
                events.append(line._prepare_lot_event_vals(kind))
        if tracked:
            self.env["traceability.edge"]._store(edges, lines=tracked)
            self.env["traceability.lot.event"]._record_lines(events)

    def _is_tracked_step(self):
        self.ensure_one()
        return bool(
            self.lot_id
            and not self.move_id.raw_material_production_id
            and not self.move_id.production_id
        )

    def _get_trace_kinds(self):
        """Return the kinds of step this line is: none inside, two for a drop shipment."""
        self.ensure_one()
        source, target = self.location_id.usage, self.location_dest_id.usage
        kinds = []
        if source == "supplier" and target in (*STOCKED, "customer"):
            kinds.append("receipt")
        if source == "customer" and target in (*STOCKED, "supplier"):
            kinds.append("customer_return")
        if target == "customer" and source in (*STOCKED, "supplier"):
            kinds.append("shipment")
        if target == "supplier" and source in (*STOCKED, "customer"):
            kinds.append("vendor_return")
        if self.move_id.scrap_id and target == "inventory":
            kinds.append("scrap")
        return kinds

    def _get_trace_partner(self, kind):
        """Hook: who stands at the other end of a step of this kind."""
        self.ensure_one()
        if kind == "scrap":
            return self.env["res.partner"]
        return self.picking_id.partner_id or self.move_id.partner_id

    def _get_occurred_at(self):
        """Hook: when it happened in the world. Default: when it was posted."""
        self.ensure_one()
        return self.date

    def _prepare_edge_vals(self, kind):
        """Return all columns of ``traceability.edge`` for this line as such a step."""
        self.ensure_one()
        incoming = kind in ("receipt", "customer_return")
        return {
            "natural_key": f"{kind}:line:{self.id}",
            "kind": kind,
            "input_lot_id": False if incoming else self.lot_id.id,
            "output_lot_id": self.lot_id.id if incoming else False,
            "partner_id": self._get_trace_partner(kind).id,
            "product_id": self.product_id.id,
            "output_product_id": False,
            "quantity": self.quantity_product_uom,
            "product_uom_id": self.product_id.uom_id.id,
            "confidence": "exact",
            "occurred_at": self._get_occurred_at(),
            "move_line_id": self.id,
            "production_id": False,
            "picking_id": self.picking_id.id,
            "reference": self.move_id.reference or self.picking_id.name,
            "company_id": self.company_id.id,
        }

    def _prepare_lot_event_vals(self, kind, *, role="object", key=None):
        """Return the ledger row of this line; ``key`` names the event it belongs to."""
        self.ensure_one()
        inside = self.location_dest_id
        if kind in ("shipment", "vendor_return", "scrap"):
            inside = self.location_id
        document = self.move_id.scrap_id or self.picking_id
        return self.env["traceability.lot.event"]._prepare_vals(
            kind,
            key=key or f"{kind}:line:{self.id}",
            role=role,
            product=self.product_id,
            lot=self.lot_id,
            quantity=self.quantity_product_uom,
            occurred_at=self._get_occurred_at(),
            company=self.company_id,
            location=inside,
            partner=self._get_trace_partner(kind),
            document=document,
            move_line_id=self.id,
        )
