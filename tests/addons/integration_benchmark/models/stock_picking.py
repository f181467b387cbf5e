from odoo import api, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def benchmark_create(self, count):
        """Return the ids of fresh deliveries."""
        kind = self.env["stock.picking.type"].search(
            [("code", "=", "outgoing")], limit=1
        )
        return self.create(
            [{"picking_type_id": kind.id} for _number in range(count)]
        ).ids

    def benchmark_read_ahead(self):
        """Read at once what writing each of these reads: its columns, its properties."""
        self.mapped("origin")
        self.mapped("picking_properties")

    @api.model
    def benchmark_enqueue(self, ids, origin):
        """Queue the same write as one job of queue_job for each record."""
        for picking in self.browse(ids):
            picking.with_delay().write({"origin": origin})
        return True
