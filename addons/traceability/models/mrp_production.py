from odoo import fields, models

from ..lib.allocation import allocate


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _post_inventory(self, cancel_backorder=False):
        """Every way to finish an order, in part or in whole, posts through here."""
        result = super()._post_inventory(cancel_backorder=cancel_backorder)
        for production in self:
            production._write_production_traceability()
        return result

    def _write_production_traceability(self):
        """Write which lots went into which, for everything posted so far.

        Posting more later corrects the shares of this order; an edge is never doubled.
        """
        self.ensure_one()
        inputs = self._sum_lots(self.move_raw_ids)
        outputs = self._sum_lots(self.move_finished_ids)
        if not outputs:
            return
        # See stock.move.line: written by the order, not by a person.
        Edge = self.env["traceability.edge"].sudo()
        existing = {
            (edge.input_lot_id.id, edge.output_lot_id.id): edge
            for edge in Edge.search([("production_id", "=", self.id)])
        }
        lots = self.env["stock.lot"].browse([lot.id for lot in inputs]).grouped("id")
        shares = allocate(
            {lot.id: quantity for lot, quantity in inputs.items()},
            {lot.id: quantity for lot, quantity in outputs.items()},
        )
        for share in shares:
            vals = {"quantity": share.quantity, "confidence": share.confidence}
            edge = existing.get((share.input_lot, share.output_lot))
            if edge:
                edge.write(vals)
                continue
            Edge.create(
                {
                    **vals,
                    "kind": "production",
                    "input_lot_id": share.input_lot,
                    "output_lot_id": share.output_lot,
                    "product_id": lots[share.input_lot].product_id.id,
                    "production_id": self.id,
                    "occurred_at": self.date_finished or fields.Datetime.now(),
                    "company_id": self.company_id.id,
                }
            )
        self._record_production_events(inputs, outputs)

    def _sum_lots(self, moves):
        """Return ``{lot: quantity in the product's unit}`` of what is done."""
        totals = {}
        for line in moves.move_line_ids.filtered(
            lambda line: line.state == "done" and line.lot_id
        ):
            totals[line.lot_id] = totals.get(line.lot_id, 0) + line.quantity_product_uom
        return totals

    def _record_production_events(self, inputs, outputs):
        """Append what was made since the last posting of this order."""
        Event = self.env["traceability.lot.event"]
        recorded = Event.sudo().search(
            [  # the ledger decides what is new, for everybody
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
            ]
        )
        before = {}
        for event in recorded:
            before[event.lot_id] = before.get(event.lot_id, 0) + event.quantity
        used = [
            Event._prepare_quantity(lot, quantity) for lot, quantity in inputs.items()
        ]
        Event._record(
            [
                {
                    "kind": "production",
                    "lot_id": lot.id,
                    "product_id": lot.product_id.id,
                    "quantity": quantity - before.get(lot, 0),
                    "uom_id": lot.product_id.uom_id.id,
                    "location_id": self.location_dest_id.id,
                    "company_id": self.company_id.id,
                    "document": self.name,
                    "res_model": self._name,
                    "res_id": self.id,
                    "inputs": used,
                }
                for lot, quantity in outputs.items()
                if quantity > before.get(lot, 0)
            ]
        )
