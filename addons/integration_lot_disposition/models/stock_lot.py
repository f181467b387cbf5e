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

    def _find_decider(self):
        """Return the system of record of this lot's disposition, if it has one."""
        self.ensure_one()
        company = self.sudo().company_id or self.env.company
        # Whoever decides need not read connected systems; a refusal names the owner.
        system = (
            self.env["integration.system"]
            .sudo()
            .search(
                [("owns_dispositions", "=", True), ("company_id", "=", company.id)],
                limit=1,
            )
        )
        if system and self.env.user != system.user_id:
            return system.name
        return super()._find_decider()

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
