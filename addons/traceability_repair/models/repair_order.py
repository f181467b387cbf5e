from odoo import models

from odoo.addons.traceability.lib.allocation import Input, Output, Share


class RepairOrder(models.Model):
    """Parts go into the repaired product or come out of it."""

    _name = "repair.order"
    _inherit = ["repair.order", "traceability.source.mixin"]

    def _get_trace_kind(self):
        return "repair"

    def _get_trace_moves(self):
        return self.move_ids.filtered(
            lambda move: move.repair_line_type and not move.scrap_id
        )

    def _is_trace_input(self, line):
        return line.move_id.repair_line_type == "add"

    def _find_outputs(self, lines):
        """Whatever goes in goes into the repaired product."""
        if not self.lot_id:
            return []
        return [Output(self.lot_id.id, 1.0)]

    def _write_genealogy(self):
        changed = super()._write_genealogy()
        for repair in self.filtered("lot_id") if changed else ():
            repair._record_repair()
        return changed

    def _record_repair(self):
        """Put on the repaired lot's ledger what went into it; nothing moves that lot."""
        self.ensure_one()
        # The ledger and the genealogy are the company's, whoever repairs.
        Event = self.env["traceability.lot.event"].sudo()
        own = [
            ("lot_id", "=", self.lot_id.id),
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
        ]
        edges = self.env["traceability.edge"].sudo()
        edges = edges.search(
            [
                ("output_vertex", "=", self.lot_id.id),
                ("input_lot_id", "!=", False),
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
            ],
            order="id",
        )
        if edges and not Event.search_count(own, limit=1):
            Event._record([self._prepare_repair_event_vals(edges)])

    def _prepare_repair_event_vals(self, edges):
        Event = self.env["traceability.lot.event"]
        lot = self.lot_id
        return {
            "kind": "repair",
            "lot_id": lot.id,
            "product_id": lot.product_id.id,
            "quantity": self.product_qty or 1.0,
            "uom_id": lot.product_id.uom_id.id,
            "occurred_at": edges[0].occurred_at,
            "location_id": lot.location_id.id,
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "document": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "inputs": [
                Event._prepare_quantity(edge.input_lot_id, edge.quantity)
                for edge in edges
            ],
        }

    def _prepare_edge_rows(self):
        """Write parts put in as going into the product, parts taken out as out of it."""
        return super()._prepare_edge_rows() + self._prepare_removed_rows()

    def _prepare_removed_rows(self):
        lines = self._get_trace_moves().move_line_ids.filtered(
            lambda line: (
                line.state == "done"
                and line.lot_id
                and line.quantity_product_uom > 0
                and not self._is_trace_input(line)
            )
        )
        shares = []
        if self.lot_id:
            shares = [
                Share(
                    Input(
                        line.move_id.id,
                        self.lot_id.id,
                        line.product_id.id,
                        line.quantity_product_uom,
                    ),
                    line.lot_id.id,
                    line.quantity_product_uom,
                    "exact",
                )
                for line in lines
            ]
        return self._prepare_rows(self._prepare_share_rows(shares), lines)
