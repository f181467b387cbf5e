from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from . import day as days
from .test_day import DayCase


class TestDecisions(DayCase):
    """Every exception of the shop floor has a way out that works."""

    def closed(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.consume("M-RAW", 8, lot="A")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed")
        return order, day

    def late(self):
        order, day = self.closed()
        delivery = self.send(
            day, "consumed", item="M-RAW", lot="B", quantity=2, unit="EA"
        )
        exception = delivery.exception_id
        self.assertEqual(exception.kind_id.code, "mes_bridge.report_after_close")
        self.assertEqual(exception.mes_order_id, order)
        return order, day, delivery, exception

    def used(self, order):
        lines = order.production_id.move_raw_ids.move_line_ids
        return sum(lines.filtered(lambda line: line.state == "done").mapped("quantity"))

    def test_late_report_posted_as_correction(self):
        order, _day, delivery, exception = self.late()
        exception.action_mes_correct()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual((order.state, self.used(order)), ("closed", 10))

    def test_order_opened_again_until_it_is_completed_anew(self):
        order, day, delivery, exception = self.late()
        exception.action_mes_reopen()
        self.work_off(delivery)
        self.assertEqual((delivery.state, order.state), ("done", "partially_completed"))
        day.consumed["M-RAW", "B"] = 2
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual((order.state, self.used(order)), ("closed", 10))

    def test_late_report_rejected_back_to_the_mes(self):
        self.subscribe("production.report.rejected")
        order, _day, delivery, exception = self.late()
        exception.action_mes_reject()
        rejected = self.published("production.report.rejected", order)
        self.assertEqual(rejected.payload["report"], delivery.message_id.event_id)
        self.assertEqual((delivery.state, self.used(order)), ("resolved", 8))

    def test_nothing_is_corrected_after_the_period(self):
        order, _day, _delivery, exception = self.late()
        order.closed_at = fields.Datetime.now() - timedelta(days=40)
        for decide in (exception.action_mes_correct, exception.action_mes_reopen):
            with self.assertRaisesRegex(UserError, "more than 31 days ago"):
                decide()

    def test_unknown_reference_assigned_to_an_order_stays_assigned(self):
        order = self.release(self.moulded, 4)
        day = days.Day("LINE-7-0815")
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        exception = delivery.exception_id
        self.assertEqual(exception.mes_reference, "LINE-7-0815")
        exception.mes_order_id = order
        exception.action_mes_assign()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(
            self.send(day, "reported", lot="F-1", quantity=1, unit="EA").state, "done"
        )
        self.assertEqual(order.good_qty, 2)

    def test_component_accepted_beyond_the_bill_of_materials(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        delivery = self.send(day, "consumed", item="M-RUNNER", quantity=1, unit="EA")
        exception = delivery.exception_id
        self.assertEqual(exception.kind_id.code, "mes_bridge.unknown_component")
        exception.action_mes_accept_component()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)

    def test_reports_that_never_come_are_asked_about(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.consume("M-RAW", 8, lot="A")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports[1:])
        self.assertIn("RAW", order.waits_for)
        order.waits_since = days.MORNING
        self.env["mes.order"]._cron_watch()
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.reports_missing")
        self.play(day.reports[:1])
        self.assertEqual((exception.state, order.state), ("resolved", "closed"))

    def test_a_gap_in_the_senders_count_shows(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        first = day.say("reported", lot="F-1", quantity=1, cumulative=1, unit="EA")
        day.say("reported", lot="F-1", quantity=1, cumulative=3, unit="EA")
        self.play(day.reports)
        self.assertIn("1", order.waits_for)
        self.assertTrue(first)

    def odd(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.say("operation.resumed", operation="Moulding")
        self.play(day.reports)
        self.watch(order)
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.illegal_transition")
        return order, day, exception

    def watch(self, order):
        order.odd_since = order.odd_since and days.MORNING
        order.waits_since = order.waits_since and days.MORNING
        self.env["mes.order"]._cron_watch()

    def open_kinds(self, order):
        still = order.exception_ids.filtered(lambda e: e.state == "open")
        return still.kind_id.mapped("code")

    def test_what_does_not_follow_is_asked_about_while_the_order_runs(self):
        order, day, exception = self.odd()
        for decide, reason in (
            (exception.action_mes_accept_as_is, ()),
            (exception.action_resolve, ("Seen on the floor",)),
        ):
            with self.subTest(decide=decide.__name__), self.env.cr.savepoint() as undo:
                decide(*reason)
                self.assertEqual(exception.state, "resolved")
                self.watch(order)
                self.assertEqual(self.open_kinds(order), [])
                day.say("operation.resumed", operation="Moulding")
                self.play(day.reports[-1:])
                self.watch(order)
                self.assertEqual(
                    self.open_kinds(order), ["mes_bridge.illegal_transition"]
                )
                undo.rollback()
            self.env.invalidate_all()

    def test_what_follows_after_all_is_asked_about_no_more(self):
        order, day, exception = self.odd()
        day.moment = days.MORNING
        day.say("operation.started", minutes=1, operation="Moulding")
        day.say("operation.paused", minutes=1, operation="Moulding")
        self.play(day.reports[1:])
        self.assertFalse(order.oddities)
        self.assertEqual(exception.state, "resolved")

    def test_less_counted_than_told_is_odd(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.say("reported", lot="F-1", quantity=3, cumulative=2, unit="EA")
        self.play(day.reports)
        self.assertIn("1", order.oddities)

    def test_reports_that_an_order_in_progress_waits_for_are_given_up(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.say("reported", lot="F-1", quantity=1, cumulative=3, unit="EA")
        self.play(day.reports)
        self.watch(order)
        order.exception_ids.action_mes_accept_as_is()
        self.watch(order)
        self.assertEqual(self.open_kinds(order), [])

    def test_wrong_lot_and_serial_made_twice_post_nothing(self):
        order = self.release(self.assembled, 2)
        day = days.Day(order.name)
        self.env["stock.lot"].create({"name": "C", "product_id": self.raw.id})
        for verb, payload, kind in (
            (
                "consumed",
                {"item": "M-RAW", "lot": "C", "quantity": 1},
                "lot_not_in_stock",
            ),
            ("reported", {"lot": "S-1", "quantity": 2}, "serial_twice"),
            ("reported", {"serials": ["S-1", "S-2"], "quantity": 1}, "serial_count"),
            (
                "reported",
                {"item": "M-RAW", "lot": "A", "quantity": 1},
                "unknown_output",
            ),
        ):
            with self.subTest(kind=kind):
                delivery = self.send(day, verb, unit="EA", **payload)
                self.assertEqual(
                    delivery.exception_id.kind_id.code, f"mes_bridge.{kind}"
                )
        self.assertFalse(order.event_ids)
