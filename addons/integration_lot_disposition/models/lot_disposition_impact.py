from odoo import models

from odoo.addons.integration_core.lib.envelope import write_moment

EVENT = "lot.orders.endangered"


class LotDispositionImpact(models.Model):
    _inherit = "lot.disposition.impact"

    def _on_endangered(self):
        """Publish one event per hold, where somebody awaits it."""
        result = super()._on_endangered()
        by_entry = self.grouped("entry_id")
        # A machine that decides need not read orders; what it says is in the contract.
        self.env["integration.message"]._announce(
            EVENT,
            self.entry_id.sudo(),
            lambda entry: by_entry[entry].sudo()._prepare_endangered_payload(),
        )
        return result

    def _prepare_endangered_payload(self):
        entry = self.entry_id
        return {
            "subject": entry.subject,
            "lot": entry.lot_id.name or None,
            "disposition": entry.to_status,
            "reason": entry.reason,
            "recorded_at": write_moment(entry.recorded_at),
            "orders": [impact._prepare_endangered_order() for impact in self],
        }

    def _prepare_endangered_order(self):
        return {
            "order": self.document_name or "",
            "kind": self.kind,
            "item": self.product_id._get_item_code(),
            "customer": self.partner_id.name or None,
            "needed_at": self._write_moment(self.date),
            "quantity": self.quantity,
            "missing": self.missing_quantity,
            "free": self.free_quantity,
            "incoming": self.incoming_quantity,
            "incoming_at": self._write_moment(self.incoming_date),
        }

    def _write_moment(self, moment):
        return write_moment(moment) if moment else None
