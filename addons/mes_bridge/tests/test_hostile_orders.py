from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.tools import mute_logger

from . import day as days
from .test_day import DayCase


class TestHostileOrders(DayCase):
    """Orders that people change under the hands of the shop floor, and wrong clocks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("production.downtime", "production.order.acknowledged")

    def start(self, quantity=4):
        order = self.release(self.moulded, quantity)
        return order, days.Day(order.name)

    def made(self, lot="F-1"):
        return self.quantity(self.finished, lot)

    # Orders ---------------------------------------------------------------

    def test_an_order_of_another_company_is_unknown_and_is_not_assigned(self):
        order, day = self.start()
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        order.company_id = other
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        exception = self.assert_parked(delivery, "unknown_order")
        exception.mes_order_id = order
        with self.assertRaisesRegex(Exception, "belongs to Other"):
            exception.action_mes_assign()
        self.assertFalse(order.event_ids)

    def test_a_completion_is_taken_before_anything_it_is_about(self):
        order, day = self.start()
        day.say("operation.started", operation="Moulding")
        day.consume("M-RAW", 8, lot="A")
        day.report(4, lot="F-1")
        day.say("scrapped", lot="F-9", quantity=1, unit="EA")
        day.complete(
            scrapped=[{"item": "M-FIN", "lot": "F-9", "quantity": 1, "unit": "EA"}]
        )
        self.map("item", "M-FIN", self.finished)
        self.play(reversed(day.reports))
        self.assertEqual(order.state, "closed", order.waits_for)
        self.assertEqual((self.made(), self.made("F-9")), (4, 0))

    def test_what_is_cancelled_or_recalled_meanwhile_is_asked_about(self):
        for cancel in ("action_cancel", "action_recall"):
            with self.apart(cancel=cancel):
                order, day = self.start()
                day.report(1, lot="F-1")
                self.play(day.reports)
                if cancel == "action_recall":
                    order.action_recall("No steel")
                else:
                    order.production_id.action_cancel()
                self.assertEqual(order.state, "cancelled")
                delivery = self.send(day, "reported", lot="F-1", quantity=2, unit="EA")
                exception = self.assert_parked(delivery, "report_after_close")
                self.assertEqual(self.made(), 1)
                exception.action_mes_correct()
                self.work_off(delivery)
                self.assertEqual(delivery.state, "done", delivery.last_error)
                self.assertEqual((self.made(), order.state), (3, "cancelled"))

    def test_a_recalled_order_that_is_released_again_takes_what_waited(self):
        order, day = self.start()
        order.action_recall("No steel")
        delivery = self.send(day, "reported", lot="F-1", quantity=4, unit="EA")
        exception = self.assert_parked(delivery, "report_after_close")
        order.action_release_again()
        exception.action_retry()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        day.good = 4
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual((order.state, self.made()), ("closed", 4))

    def test_a_released_order_is_not_deleted(self):
        order, day = self.start()
        order.production_id.action_cancel()
        with (
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            order.production_id.unlink()
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        self.assert_parked(delivery, "report_after_close")

    def test_what_is_archived_meanwhile_is_made_to_its_end(self):
        order, day = self.start()
        day.consume("M-RAW", 8, lot="A")
        self.play(day.reports)
        self.moulded.action_archive()
        (self.finished | self.raw).product_tmpl_id.action_archive()
        day.consume("M-RAW", 1, lot="B")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports[1:])
        self.assertEqual((order.state, self.made()), ("closed", 4))

    def test_a_backorder_of_a_backorder_goes_on_under_the_same_reference(self):
        order, day = self.start(6)
        reports = []
        for part in (1, 2, 3):
            day = days.Day(order.name, moment=day.moment)
            day.consume("M-RAW", 4, lot="A")
            day.report(2, lot=f"F-{part}")
            day.complete(part=part, backorder=part < 3)
            reports += day.reports
        self.play(reversed(reports))
        self.assertEqual((order.state, order.part), ("closed", 3), order.waits_for)
        self.assertEqual(
            [
                (p.state, p.qty_produced)
                for p in order.production_ids.sorted("mes_part")
            ],
            [("done", 2)] * 3,
        )

    def test_a_split_between_two_reports_loses_neither(self):
        order, day = self.start(6)
        production = order.production_id
        day.report(2, lot="F-1")
        self.play(day.reports)
        production._split_productions({production: [4, 2]})
        day.report(2, lot="F-1")
        day.complete()
        self.play(day.reports[1:])
        self.assertEqual((order.part, order.state, self.made()), (2, "released", 4))
        rest = days.Day(order.name, moment=day.moment)
        rest.report(2, lot="F-2")
        rest.complete(part=2)
        self.play(rest.reports)
        self.assertEqual((order.state, self.made("F-2")), ("closed", 2))

    # Operations -------------------------------------------------------------

    def test_operations_are_named_or_the_order_is_meant(self):
        order, day = self.start()
        for named, kind in (
            ({}, None),
            ({"operation": "Moulding"}, None),
            ({"work_centre": "PRESS-4"}, "unknown_operation"),
            ({"operation": "Welding"}, "unknown_operation"),
            ({"work_centre": "PRESS-9"}, "integration_core.unmapped_code"),
        ):
            with self.subTest(named=named):
                delivery = self.send(day, "operation.started", **named)
                if kind:
                    self.assert_parked(delivery, kind)
                else:
                    self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(len(order.event_ids), 2)

    def test_operations_in_another_order_than_planned_are_what_they_were(self):
        self.moulded.allow_operation_dependencies = True
        first, second = self.moulded.operation_ids
        second.blocked_by_operation_ids = first
        order, day = self.start()
        for operation in ("Packing", "Moulding"):
            day.say("operation.started", operation=operation)
            day.say("operation.ended", minutes=10, operation=operation)
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed", order.waits_for)
        packing, moulding = order.production_id.workorder_ids.sorted("date_start")
        self.assertEqual((packing.name, moulding.name), ("Packing", "Moulding"))
        self.assertEqual((packing.duration, moulding.duration), (10, 10))

    # Clocks -------------------------------------------------------------------

    def test_times_that_cannot_be_are_asked_about(self):
        order, day = self.start()
        now = fields.Datetime.now()
        before, ahead = now - timedelta(hours=2), now + timedelta(hours=3)
        labour = {"operation": "Moulding"}
        stand = {"downtime": "D", "work_centre": "PRESS-4"}
        for verb, payload, times in (
            ("labour", labour, (now, before)),
            ("labour", labour, (before, ahead)),
            ("labour", labour, (now.replace(year=1970), before)),
            ("downtime", stand, (ahead, None)),
            ("downtime", stand, (before, ahead)),
            ("downtime", stand, (now.replace(year=1900), before)),
        ):
            with self.subTest(verb=verb, times=times):
                told = [moment and moment.isoformat() + "Z" for moment in times]
                named = payload | {"from": told[0], "to": told[1]}
                delivery = self.send(day, verb, **named)
                exception = self.assert_parked(delivery, "interval_reversed")
                exception.action_mes_reject()
        self.assertFalse(order.event_ids)
        self.assertFalse(self.env["mes.downtime"].search([("name", "=", "D")]))
        self.assertFalse(self.centre.time_ids)

    def test_a_standstill_ends_once_and_others_may_overlap(self):
        day, now = days.Day("none"), fields.Datetime.now()
        ago = [f"{(now - timedelta(minutes=n)).isoformat()}Z" for n in range(61)]
        common = {"work_centre": "PRESS-4", "from": ago[60]}
        for name, end in (("D1", None), ("D1", 30), ("D1", 20), ("D2", 40)):
            payload = {"downtime": name, "to": end and ago[end], **common}
            delivery = self.send(day, "downtime", **payload)
            self.assertEqual(delivery.state, "done", delivery.last_error)
        lost = sorted(
            (time.date_end - time.date_start).seconds // 60
            for time in self.centre.time_ids
        )
        self.assertEqual(lost, [20, 40])
        code, payload, envelope = day.reports[-1]
        for changed, state in ((payload, "ignored"), ({"to": ago[1]}, "parked")):
            envelope["idempotency_key"] = f"again-{state}"
            again = self.receive(code, payload | changed, **envelope).delivery_ids
            self.assertEqual(again.state, state, again.last_error)

    def test_what_accounting_has_locked_is_not_corrected(self):
        order, day = self.start()
        wrong = day.report(1, lot="F-1")
        self.play(day.reports)
        locked = day.moment.date()
        self.patch(
            type(order),
            "_find_period_lock",
            lambda _self, moment: moment.date() <= locked and locked,
        )
        day.moment += timedelta(days=2)
        delivery = self.send(day, "reversed", corrects=wrong)
        exception = self.assert_parked(delivery, "correction_locked")
        self.assertEqual(self.made(), 1)
        exception.action_resolve("Scrapped by hand")
        self.assertEqual(delivery.state, "resolved")
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual(order.waits_for, "1 reports")
        order.action_close_as_reported()
        self.assertEqual((order.state, self.made()), ("closed", 1))

    # Answers --------------------------------------------------------------------

    def test_an_answer_is_to_what_was_told_last(self):
        order, _day = self.start()
        for accepted, release, outcome in (
            (True, 1, ("accepted", "accepted")),
            (False, 1, ("rejected", "rejected")),
            ("recall", None, ("cancelled", False)),
            (True, 1, ("cancelled", False)),
            (False, 2, ("cancelled", "rejected")),
            (True, 2, ("cancelled", "accepted")),
        ):
            with self.subTest(accepted=accepted, release=release):
                if accepted == "recall":
                    order.action_recall("No steel")
                else:
                    payload = {"order": order.name, "accepted": accepted}
                    self.receive(
                        "production.order.acknowledged", payload | {"release": release}
                    )
                self.assertEqual((order.state, order.answer), outcome)
        self.assertFalse(order.exception_ids.filtered(lambda e: e.state == "open"))
