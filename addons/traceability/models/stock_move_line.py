from odoo import models

# (usage of source, usage of destination) → what it is for the lot
STEPS = {
    ("supplier", "internal"): "receipt",
    ("supplier", "transit"): "receipt",
    ("internal", "customer"): "shipment",
    ("transit", "customer"): "shipment",
    ("supplier", "customer"): "shipment",
    ("customer", "internal"): "customer_return",
    ("internal", "supplier"): "vendor_return",
}
INCOMING = ("receipt", "customer_return")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _write_traceability(self):
        """Write an edge and a ledger row for each finished line with a lot."""
        steps = [
            (line, kind)
            for line in self
            if line.state == "done" and line.lot_id and (kind := line._get_trace_kind())
        ]
        if not steps:
            return
        # Nobody writes the genealogy by hand: stock moves do, whoever makes them.
        Edge = self.env["traceability.edge"].sudo()
        known = set(
            Edge.search(
                [("move_line_id", "in", [line.id for line, _kind in steps])]
            ).move_line_id.ids
        )
        steps = [(line, kind) for line, kind in steps if line.id not in known]
        Edge.create([line._prepare_edge_vals(kind) for line, kind in steps])
        self.env["traceability.lot.event"]._record(
            [line._prepare_lot_event_vals(kind) for line, kind in steps]
        )

    def _get_trace_kind(self):
        """Hook: return what this line is for its lot, or None."""
        self.ensure_one()
        if self.move_id.scrap_id:
            return "scrap"
        return STEPS.get((self.location_id.usage, self.location_dest_id.usage))

    def _get_trace_partner(self):
        picking = self.move_id.picking_id
        return picking.partner_id or self.move_id.partner_id

    def _prepare_edge_vals(self, kind):
        self.ensure_one()
        incoming = kind in INCOMING
        return {
            "kind": kind,
            "input_lot_id": False if incoming else self.lot_id.id,
            "output_lot_id": self.lot_id.id if incoming else False,
            "partner_id": self._get_trace_partner().id,
            "product_id": self.product_id.id,
            "quantity": self.quantity_product_uom,
            "move_line_id": self.id,
            "picking_id": self.move_id.picking_id.id,
            "occurred_at": self.date,
            "company_id": self.company_id.id,
        }

    def _prepare_lot_event_vals(self, kind):
        self.ensure_one()
        place = self.location_dest_id if kind in INCOMING else self.location_id
        document = self.move_id.picking_id or self.move_id.scrap_id
        return {
            "kind": kind,
            "lot_id": self.lot_id.id,
            "product_id": self.product_id.id,
            "quantity": self.quantity_product_uom,
            "uom_id": self.product_id.uom_id.id,
            "occurred_at": self.date,
            "location_id": place.id,
            "partner_id": self._get_trace_partner().id,
            "company_id": self.company_id.id,
            "document": document.name or self.move_id.reference,
            "res_model": document._name if document else "stock.move",
            "res_id": document.id or self.move_id.id,
        }
