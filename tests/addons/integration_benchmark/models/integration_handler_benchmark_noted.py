from odoo import models


class BenchmarkNotedHandler(models.AbstractModel):
    """Posts a note on a record: some milliseconds of ordinary work."""

    _name = "integration.handler.benchmark.noted"
    _inherit = "integration.handler"
    _description = "Benchmark handler that notes"

    def _handle(self, message):
        payload = message._get_payload()
        picking = self.env["stock.picking"].browse(payload["picking"])
        picking.message_post(body=payload["origin"])
