from . import day as days
from .test_day import DayCase


class TestParts(DayCase):
    """Reports of a later part may overtake the end of the one before."""

    def two_parts(self):
        order = self.release(self.moulded, 6)
        first = days.Day(order.name)
        first.say("operation.started", operation="Moulding")
        first.consume("M-RAW", 4, lot="A")
        first.report(2, lot=f"{order.name}-L1")
        first.complete(backorder=True)
        second = days.Day(order.name, moment=first.moment)
        second.say("operation.started", operation="Moulding")
        second.consume("M-RAW", 8, lot="B")
        second.report(3, lot=f"{order.name}-L2")
        second.say("scrapped", lot=f"{order.name}-L2", quantity=1, unit="EA")
        second.complete()
        return order, first, second

    def made(self, order):
        return [
            (part.state, self.output(part), part.move_raw_ids.lot_ids.mapped("name"))
            for part in order.production_ids.sorted("backorder_sequence")
        ]

    def output(self, production):
        made = production.move_finished_ids.filtered(
            lambda move: move.state == "done" and not move.scrap_id
        )
        return sum(
            made.filtered(lambda move: move.product_id == self.finished).mapped(
                "quantity"
            )
        )

    def check(self, order):
        self.assertEqual(order.state, "closed", order.exception_ids.mapped("name"))
        self.assertEqual(self.made(order), [("done", 2, ["A"]), ("done", 4, ["B"])])
        self.assertFalse(order.exception_ids.filtered(lambda e: e.state == "open"))
        started = order.production_ids.workorder_ids.filtered(
            lambda operation: operation.name == "Moulding"
        ).sorted("date_start")
        self.assertEqual(len(set(started.mapped("date_start"))), 2)

    def test_the_second_part_before_the_first_is_completed(self):
        order, first, second = self.two_parts()
        self.play(first.reports[:-1] + second.reports)
        self.assertEqual(order.part, 1)
        self.play(first.reports[-1:])
        self.check(order)

    def test_the_second_part_while_the_first_misses_a_report(self):
        order, first, second = self.two_parts()
        self.play(first.reports[:1] + first.reports[2:] + second.reports)
        self.assertEqual((order.part, order.state), (1, "completed"))
        self.play(first.reports[1:2])
        self.check(order)

    def test_a_late_operation_is_that_of_its_own_part(self):
        order, first, second = self.two_parts()
        self.play(first.reports[1:] + second.reports)
        self.play(first.reports[:1])
        self.check(order)

    def test_a_told_part_waits_for_those_before_it(self):
        order, first, second = self.two_parts()
        second.reports[-1][1]["part"] = 2
        self.play(second.reports)
        self.assertNotEqual(order.state, "closed")
        self.assertIn("part 1", order.waits_for)
        self.play(first.reports)
        self.check(order)

    def test_a_backorder_of_nothing_is_none(self):
        order = self.release(self.moulded, 2)
        first = days.Day(order.name)
        first.report(2, lot="F-1")
        first.complete(backorder=True)
        later = days.Day(order.name, moment=first.moment)
        later.report(1, lot="F-2")
        self.play(later.reports + first.reports)
        self.assertEqual(order.exception_ids.kind_id.code, "mes_bridge.totals_mismatch")
        order.exception_ids.action_mes_close_as_reported()
        self.assertEqual((order.state, order.production_id.qty_produced), ("closed", 3))
