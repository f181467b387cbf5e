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

    def prepare_entry(self, order, **changes):
        return {
            "order": order.name,
            "good_quantity": 3,
            "unit": "EA",
            "consumed": [{"item": "M-RAW", "lot": "A", "quantity": 8, "unit": "EA"}],
            "scrapped": [{"item": "M-FIN", "lot": "F-1", "quantity": 1, "unit": "EA"}],
            **changes,
        }

    def take(self, *entries):
        """Return the run of a snapshot of these orders, not compared yet."""
        # Of two snapshots of the same moment only the first counts.
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
        return self.env["integration.reconciliation"].browse(delivery.res_id)

    def snapshot(self, *entries):
        """Return what a snapshot of these orders differs in."""
        run = self.take(*entries)
        run.action_reconcile()
        return self.env["integration.discrepancy"].search([("run_id", "=", run.id)])

    def compare(self, order, **changes):
        found = self.snapshot(self.prepare_entry(order, **changes)).filtered(
            lambda d: d.key_1 == order.id and d.state == "open"
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

    def find_questions(self, *codes):
        return self.env["integration.exception"].search(
            [("external_code", "in", codes), ("state", "=", "open")]
        )

    def test_an_unmapped_code_is_listed_and_holds_nothing_else_up(self):
        order = self.made()
        used = [
            {"item": "M-RAW", "lot": "A", "quantity": 7, "unit": "EA"},
            {"item": "M-NEW", "lot": "N", "quantity": 2, "unit": "EA"},
            {"item": "M-SCREW", "quantity": 5, "unit": "BOX"},
        ]
        found = self.compare(order, good_quantity=4, consumed=used)
        self.assertEqual(
            found,
            {
                "good": (3, 4),
                "consumed": (8, 7),
                "consumed, unread M-NEW N (EA)": (0, 2),
                "consumed, unread M-SCREW (BOX)": (0, 5),
            },
        )
        questions = self.find_questions("M-NEW", "BOX")
        self.assertEqual(len(questions), 2)
        self.assertEqual(
            questions.kind_id.mapped("code"), ["integration_core.unmapped_code"]
        )
        self.assertFalse(questions.delivery_ids)

    def test_a_unit_that_does_not_fit_is_listed_and_holds_nothing_else_up(self):
        order = self.made()
        found = self.compare(order, good_quantity=2, unit="KGM")
        self.assertEqual(found, {"good": (3, 0), "good, unread (KGM)": (0, 2)})
        questions = self.env["integration.exception"].search(
            [("kind_id.code", "=", "integration_stock.unit_mismatch")]
        )
        self.assertEqual(len(questions), 1)

    def test_a_code_is_asked_about_once_and_mapping_it_settles_the_question(self):
        order = self.made()
        used = [{"item": "M-NEW", "lot": "A", "quantity": 8, "unit": "EA"}]
        for _night in range(2):
            self.compare(order, consumed=used)
        question = self.find_questions("M-NEW")
        self.assertEqual(len(question), 1)
        self.map("item", "M-NEW", self.raw)
        self.assertEqual(question.state, "resolved")
        self.assertEqual(self.compare(order, consumed=used), {})

    def test_a_code_that_is_mapped_before_the_night_is_compared(self):
        order = self.made()
        used = [{"item": "M-NEW", "lot": "A", "quantity": 8, "unit": "EA"}]
        run = self.take(self.prepare_entry(order, consumed=used))
        self.assertEqual(run.mes_unread_count, 1)
        self.map("item", "M-NEW", self.raw)
        run.action_reconcile()
        self.assertEqual((run.mes_unread_count, run.line_count), (0, 4))
        found = self.env["integration.discrepancy"].search([("run_id", "=", run.id)])
        self.assertFalse(found.filtered(lambda d: d.key_1 == order.id))

    def test_an_order_that_the_mes_does_not_know_shows(self):
        order, other = self.made(), self.made()
        self.compare(order)
        unknown = self.env["integration.discrepancy"].search(
            [("key_1", "=", other.id), ("measure", "=", "order")]
        )
        self.assertEqual((unknown.ours, unknown.theirs), (1, 0))

    def test_an_order_that_we_do_not_know_shows(self):
        entry = {"order": "MES/9999", "good_quantity": 1, "unit": "EA", "consumed": []}
        found = self.snapshot(entry)
        self.assertIn("unknown order MES/9999", found.mapped("measure"))

    def test_orders_of_other_plants_are_not_compared(self):
        order = self.made()
        self.system.warehouse_ids = self.warehouse
        found = self.snapshot()
        self.assertNotIn(order.id, found.mapped("key_1"))
