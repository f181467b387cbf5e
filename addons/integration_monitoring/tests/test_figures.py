from datetime import timedelta

from odoo import fields

from .common import MonitoringCase


class TestFigures(MonitoringCase):
    """Every row of the log counts once, in the hour it belongs to."""

    def sum(self, name, model="integration.flow.hour"):
        return sum(self.env[model].search(self.domain).mapped(name))

    def test_messages_and_attempts_are_counted_once(self):
        self.send(3)
        self.add_up()
        self.add_up()
        for model in ("integration.flow.hour", "integration.flow.total"):
            self.assertEqual(self.sum("accepted_count", model), 3)
            self.assertEqual(self.sum("done_count", model), 3)
        self.send()
        self.add_up()
        self.assertEqual(self.sum("accepted_count"), 4)

    def test_what_was_added_up_is_what_the_log_says(self):
        self.send(5)
        self.add_up()
        rows = self.env["integration.message"].search_count([])
        totals = self.env["integration.flow.total"].search([])
        self.assertEqual(
            sum(totals.mapped("accepted_count")) + sum(totals.mapped("refused_count")),
            rows,
        )

    def test_late_ones_are_those_that_missed_their_target(self):
        message = self.send(process_now=False)
        delivery = message.delivery_ids
        delivery.received_at = fields.Datetime.now() - timedelta(hours=3)
        self.work_off(delivery)
        self.add_up()
        self.assertEqual(self.sum("late_count"), 1)
        self.assertGreater(self.sum("milliseconds_max"), 3 * 3600 * 1000 - 60_000)

    def test_failures_are_told_apart(self):
        delivery = self.send(process_now=False).delivery_ids
        for number, outcome in enumerate(("retry", "parked", "dead")):
            self.env["integration.attempt"].create(
                {
                    "delivery_id": delivery.id,
                    "number": number,
                    "outcome": outcome,
                    "ended_at": fields.Datetime.now(),
                }
            )
        self.add_up()
        self.assertEqual(
            [self.sum(f"{name}_count") for name in ("retry", "parked", "dead", "done")],
            [1, 1, 1, 0],
        )
