from odoo import models

from odoo.addons.integration_core.lib.envelope import write_moment

EVENTS = {"incoming": "receipt.done", "outgoing": "shipment.dispatched"}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Publish each receipt and each shipment that is done here."""
        before = self.filtered(lambda picking: picking.state == "done")
        result = super()._action_done()
        done = self.filtered(lambda picking: picking.state == "done") - before
        for direction, event in EVENTS.items():
            self.env["integration.message"]._announce(
                event,
                done.filtered(lambda p, way=direction: p.picking_type_code == way),
                lambda picking: picking._prepare_done_payload(),
            )
        return result

    def _prepare_done_payload(self):
        """Return the payload of both events: what moved, by lot."""
        self.ensure_one()
        return {
            "transfer": self.name,
            "partner": self.partner_id.ref or self.partner_id.name or None,
            "origin": self.origin or None,
            "done_at": write_moment(self.date_done) if self.date_done else None,
            "lines": [
                {
                    "item": line.product_id._get_item_code(),
                    "quantity": line.quantity,
                    "unit": line.product_uom_id.name,
                    "lot": line.lot_id.name or None,
                    "source_place": line.location_id.complete_name,
                    "destination_place": line.location_dest_id.complete_name,
                }
                for line in self.move_line_ids
                if line.quantity
            ],
        }
