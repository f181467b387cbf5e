from odoo import fields, models


class IntegrationBenchmarkRow(models.Model):
    """Where the control of one bare INSERT writes to."""

    _name = "integration.benchmark.row"
    _description = "Benchmark Row"

    key = fields.Char(required=True)
    payload = fields.Json()

    _key_unique = models.Constraint("UNIQUE(key)", "There is a row with this key.")


class IntegrationBenchmarkHooked(models.Model):
    """What the control of Odoo's own webhooks creates."""

    _name = "integration.benchmark.hooked"
    _description = "Benchmark Webhook Record"

    name = fields.Char(required=True)
    payload = fields.Json()


class BenchmarkMeasuredHandler(models.AbstractModel):
    _name = "integration.handler.benchmark.measured"
    _inherit = "integration.handler"
    _description = "Benchmark handler"

    def _handle(self, message):
        """Do nothing: only the way to here is measured."""
