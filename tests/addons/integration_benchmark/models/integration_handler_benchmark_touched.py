from odoo import models


class BenchmarkTouchedHandler(models.AbstractModel):
    """Writes one field of a record of its own: the least that real work is."""

    _name = "integration.handler.benchmark.touched"
    _inherit = "integration.handler"
    _description = "Benchmark handler that writes"

    def _read_ahead(self, messages):
        ids = [message.payload["picking"] for message in messages]
        self.env["stock.picking"].browse(ids).benchmark_read_ahead()

    def _handle(self, message):
        payload = message._get_payload()
        picking = self.env["stock.picking"].browse(payload["picking"])
        picking.write({"origin": payload["origin"]})
