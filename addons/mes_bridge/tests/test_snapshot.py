from datetime import timedelta

from odoo import fields

from . import day as days
from .test_day import DayCase


class TestSnapshot(DayCase):
    """By night production is compared with the MES, by order, item and lot."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("production.snapshot")
        cls.map("item", "M-FIN", cls.finished)

    def made(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.consume("M-RAW", 8, lot="A")
        day.report(3, lot="F-1")
        day.say("scrapped", lot="F-1", quantity=1, unit="EA")
        day.complete()
        self.play(day.reports)
        return order

    def compare(self, order, **changes):
        # Of two snapshots of the same moment only the first counts.
        now = fields.Datetime.now() + timedelta(minutes=next(self.counter))
        entry = {
            "order": order.name,
            "good_quantity": 3,
            "unit": "EA",
            "consumed": [{"item": "M-RAW", "lot": "A", "quantity": 8, "unit": "EA"}],
            "scrapped": [{"item": "M-FIN", "lot": "F-1", "quantity": 1, "unit": "EA"}],
            **changes,
        }
        message = self.receive(
            "production.snapshot",
            {
                "snapshot_id": f"NIGHT-{next(self.counter)}",
                "since": (order.released_at - timedelta(seconds=1)).isoformat() + "Z",
                "as_of": now.isoformat() + "Z",
                "orders": [entry],
            },
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        run = self.env["integration.reconciliation"].browse(delivery.res_id)
        run.action_reconcile()
        found = self.env["integration.discrepancy"].search(
            [("run_id", "=", run.id), ("key_1", "=", order.id), ("state", "=", "open")]
        )
        return {d.measure: (d.ours, d.theirs) for d in found}

    def test_both_sides_agree(self):
        self.assertEqual(self.compare(self.made()), {})

    def test_differences_are_named_by_measure(self):
        order = self.made()
        self.assertEqual(self.compare(order, good_quantity=4), {"good": (3, 4)})
        self.assertEqual(self.compare(order, scrapped=[]), {"scrapped": (1, 0)})
        used = [{"item": "M-RAW", "lot": "B", "quantity": 8, "unit": "EA"}]
        self.assertIn("consumed", self.compare(order, consumed=used))

    def test_an_order_that_the_mes_does_not_know_shows(self):
        order, other = self.made(), self.made()
        self.compare(order)
        unknown = self.env["integration.discrepancy"].search(
            [("key_1", "=", other.id), ("measure", "=", "order")]
        )
        self.assertEqual((unknown.ours, unknown.theirs), (1, 0))

    def snapshot(self, *entries):
        now = fields.Datetime.now() + timedelta(minutes=next(self.counter))
        message = self.receive(
            "production.snapshot",
            {
                "snapshot_id": f"NIGHT-{next(self.counter)}",
                "since": "2026-01-01T00:00:00Z",
                "as_of": now.isoformat() + "Z",
                "orders": list(entries),
            },
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        run = self.env["integration.reconciliation"].browse(delivery.res_id)
        run.action_reconcile()
        return self.env["integration.discrepancy"].search([("run_id", "=", run.id)])

    def test_an_order_that_we_do_not_know_shows(self):
        entry = {"order": "MES/9999", "good_quantity": 1, "unit": "EA", "consumed": []}
        found = self.snapshot(entry)
        self.assertIn("unknown order MES/9999", found.mapped("measure"))

    def test_orders_of_other_plants_are_not_compared(self):
        order = self.made()
        self.system.warehouse_ids = self.warehouse
        found = self.snapshot()
        self.assertNotIn(order.id, found.mapped("key_1"))
