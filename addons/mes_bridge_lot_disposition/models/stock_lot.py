from odoo import models


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _on_disposition_changed(self, entries):
        """Reports that waited for a lot go on once quality has released it."""
        result = super()._on_disposition_changed(entries)
        free = self.filtered(lambda lot: not lot.is_held)
        # Quality decides about lots and need not see the exceptions of production.
        waiting = (
            self.env["integration.exception"]
            .sudo()
            .search(
                [
                    ("kind_id.code", "=", "mes_bridge.lot_on_hold"),
                    ("mes_lot_id", "in", free.ids),
                    ("state", "=", "open"),
                ]
            )
        )
        for exception in waiting:
            exception._release(self.env._("The lot was released."))
        return result
