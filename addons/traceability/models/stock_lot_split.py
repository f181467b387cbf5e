from odoo import models

from .traceability_source_mixin import COLUMNS


class StockLotSplit(models.Model):
    """A part of a lot that was decided on by itself came out of that lot."""

    _name = "stock.lot.split"
    _inherit = ["stock.lot.split", "traceability.source.mixin"]

    def _prepare_edge_rows(self):
        self.ensure_one()
        values = {
            "kind": "relabel",
            **self._prepare_end("input", self.parent_lot_id.id),
            **self._prepare_end("output", self.child_lot_id.id),
            "product_id": self.product_id.id,
            "uom_id": self.product_id.uom_id.id,
            "quantity": self.quantity,
            "confidence": "exact",
            "partner_id": None,
            "move_id": self.out_line_id.move_id.id,
            "production_id": None,
            "reference": self.out_line_id.reference or None,
            "occurred_at": self.split_at,
            "company_id": self.company_id.id,
        }
        return [tuple(values[column] for column in COLUMNS)]
