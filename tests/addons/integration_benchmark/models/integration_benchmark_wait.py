import time

from odoo import api, fields, models


class IntegrationBenchmarkWait(models.Model):
    """How long a control of the wake-up took from being asked for to running."""

    _name = "integration.benchmark.wait"
    _description = "Benchmark Wait"

    route = fields.Char(required=True)
    asked_at = fields.Float(required=True, digits=(20, 6))
    ran_at = fields.Float(digits=(20, 6))

    @api.model
    def ask_core(self):
        """Trigger a scheduled action, as business code does."""
        self.create({"route": "core_trigger", "asked_at": time.time(), "ran_at": 0})
        self.env.ref("integration_benchmark.wait_cron")._trigger()
        return True

    @api.model
    def ask_queue_job(self):
        """Queue a job that only says when it ran."""
        wait = self.create({"route": "queue_job", "asked_at": time.time(), "ran_at": 0})
        wait.with_delay().answer()
        return True

    @api.model
    def publish(self, count):
        """Publish events, each about an object of its own."""
        anchor = self.create({"route": "outbound", "asked_at": time.time()})
        for number in range(count):
            self.env["integration.message"]._publish(
                "benchmark.sent",
                anchor,
                {"number": number, "note": "x" * 800},
                order_key=f"object-{anchor.id}-{number}",
            )
        return True

    def answer(self):
        self.write({"ran_at": time.time()})

    @api.model
    def _cron_answer(self):
        waiting = [("route", "=", "core_trigger"), ("ran_at", "=", 0)]
        self.search(waiting).answer()
