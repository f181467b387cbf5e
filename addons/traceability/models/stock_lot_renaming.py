from odoo import fields, models


class StockLot(models.Model):
    """A traced lot that gets another number is still found by the one it had."""

    _inherit = "stock.lot"

    trace_rename_ids = fields.One2many(
        "traceability.lot.event", "lot_id", domain=[("kind", "=", "rename")]
    )

    def write(self, vals):
        renamed = {}
        if "name" in vals:
            renamed = {
                lot: lot.name
                for lot in self
                if lot.name != vals["name"] and lot.sudo().trace_edge_count
            }
        result = super().write(vals)
        self.env["traceability.lot.event"]._record(
            [lot._prepare_rename_event_vals(former) for lot, former in renamed.items()]
        )
        return result

    def _prepare_rename_event_vals(self, former):
        self.ensure_one()
        return {
            "kind": "rename",
            "lot_id": self.id,
            "product_id": self.product_id.id,
            "quantity": self.product_qty,
            "uom_id": self.product_id.uom_id.id,
            "location_id": self._get_trace_place().id,
            "company_id": self.company_id.id,
            "reason": f"{former} → {self.name}",
            "document": former,
        }

    def _get_former_names(self):
        """Return every number that one of these lots once had."""
        # Who may see the lot may know what it was called.
        return set(self.sudo().trace_rename_ids.mapped("document"))

    def _find_by_former_names(self, names):
        """Return the lots that once had one of these numbers, as record rules allow."""
        # The index of renames: traceability_lot_event__former_index.
        events = self.env["traceability.lot.event"].sudo()
        events = events.search([("kind", "=", "rename"), ("document", "in", list(names))])
        return self.search([("id", "in", events.lot_id.ids)])
