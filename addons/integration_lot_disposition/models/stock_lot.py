from odoo import models

from odoo.addons.integration_core.lib.envelope import write_moment

EVENT = "lot.disposition.changed"


class StockLot(models.Model):
    _inherit = "stock.lot"

    def _on_disposition_changed(self, entries):
        """Publish one event per lot, in the transaction of the change."""
        result = super()._on_disposition_changed(entries)
        for entry in entries.filtered("lot_id"):
            self.env["integration.message"]._publish(
                EVENT,
                entry.lot_id,
                self._prepare_disposition_payload(entry),
                order_key=f"lot:{entry.lot_id.id}",
            )
        return result

    def _prepare_disposition_payload(self, entry):
        lot = entry.lot_id.sudo()  # a machine that decides need not read products
        product = lot.product_id
        return {
            "lot": lot.name,
            "item": product._get_item_code(),
            "item_name": product.name,
            "from": entry.from_status,
            "to": entry.to_status,
            "reason": entry.reason,
            "path": entry.path,
            "recorded_at": write_moment(entry.recorded_at),
        }
