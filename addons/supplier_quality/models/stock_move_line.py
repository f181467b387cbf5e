from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _needs_inspection(self):
        """Hook: tell whether this finished line brought something to inspect."""
        self.ensure_one()
        return bool(
            self.state == "done"
            and self.lot_id
            and self.move_id.picking_id
            and self.location_id.usage == "supplier"
            and self.location_dest_id.usage in ("internal", "transit")
        )
