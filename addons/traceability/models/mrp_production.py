from odoo import models

from ..lib.allocation import Consumed, Produced, allocate


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _record_traceability(self):
        """Write which consumed lots went into which produced lots, and the ledger.

        Both sides of an order are posted one after the other; nothing is written until
        something has come out.
        """
        for order in self:
            produced = order._get_done_lines(order.move_finished_ids)
            if not produced:
                continue
            consumed = order._get_done_lines(order.move_raw_ids).filtered("lot_id")
            edges = order._prepare_edges_vals(
                consumed.filtered("quantity"), produced.filtered("quantity")
            )
            self.env["traceability.edge"]._store(edges, productions=order)
            if consumed or produced.lot_id:
                self.env["traceability.lot.event"]._record_lines(
                    order._prepare_lot_events_vals(consumed, produced)
                )

    def _get_done_lines(self, moves):
        """Return done lines; also those corrected to nothing, which the ledger minds."""
        return moves.move_line_ids.filtered(lambda line: line.state == "done")

    def _get_known_links(self, consumed, produced):
        """Hook: which part went into which product, where the shop floor says so.

        :param consumed, produced: done ``stock.move.line`` of this order.
        :returns: ``{(consumed line id, output lot id): quantity}``; these are exact.
        """
        return {}

    def _prepare_edges_vals(self, consumed, produced):
        self.ensure_one()
        shares = allocate(
            [
                Consumed(line.id, line.lot_id.id, line.quantity_product_uom)
                for line in consumed
            ],
            [
                Produced(
                    line.product_id.id,
                    line.lot_id.id or None,
                    line.quantity_product_uom,
                )
                for line in produced
            ],
            digits=self.env["decimal.precision"].precision_get("Product Unit"),
            known=self._get_known_links(consumed, produced),
        )
        lines = {line.id: line for line in consumed}
        return [
            self._prepare_edge_vals(
                lines[share.line_id], share, self._get_occurred_at(produced)
            )
            for share in shares
        ]

    def _get_occurred_at(self, produced):
        """Return the moment of the transformation: when the last of it came out."""
        return max(line._get_occurred_at() for line in produced)

    def _prepare_edge_vals(self, line, share, occurred_at):
        """Return all columns of ``traceability.edge`` for one share of a consumed line."""
        output = (
            f"lot:{share.output_lot_id}"
            if share.output_lot_id
            else f"product:{share.output_product_id}"
        )
        return {
            "natural_key": f"production:line:{line.id}:{output}",
            "kind": "production",
            "input_lot_id": share.input_lot_id,
            "output_lot_id": share.output_lot_id,
            "partner_id": False,
            "product_id": line.product_id.id,
            "output_product_id": share.output_product_id,
            "quantity": share.quantity,
            "product_uom_id": line.product_id.uom_id.id,
            "confidence": share.confidence,
            "occurred_at": occurred_at,
            "move_line_id": line.id,
            "production_id": self.id,
            "picking_id": False,
            "reference": self.name,
            "company_id": self.company_id.id,
        }

    def _prepare_lot_events_vals(self, consumed, produced):
        """Return the ledger rows of one transformation, inputs and outputs."""
        self.ensure_one()
        shared = {
            "key": f"production:{self.id}",
            "occurred_at": self._get_occurred_at(produced),
            "company": self.company_id,
            "location": self.location_dest_id,
            "document": self,
        }
        sides = [(line, "input") for line in consumed]
        sides += [(line, "output") for line in produced]
        return [
            self.env["traceability.lot.event"]._prepare_vals(
                "production",
                role=role,
                product=line.product_id,
                lot=line.lot_id,
                quantity=line.quantity_product_uom,
                move_line_id=line.id,
                **shared,
            )
            for line, role in sides
        ]
