from odoo import Command
from odoo.exceptions import UserError

from . import day as days
from .test_day import DayCase


class TestHandshake(DayCase):
    """What the shop floor is told, what it answers, and who hears of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("production.order.acknowledged")

    def answer(self, order, accepted, **payload):
        message = self.receive(
            "production.order.acknowledged",
            {
                "order": order.name,
                "accepted": accepted,
                "release": order.release_number,
                **payload,
            },
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)

    def change(self, order, quantity):
        self.env["change.production.qty"].create(
            {"mo_id": order.production_id.id, "product_qty": quantity}
        ).change_prod_qty()

    def told(self, order):
        return self.published("production.order.changed", order.production_id)

    def test_a_recall_is_answered_like_anything_else(self):
        order = self.release(self.moulded, 4)
        order.action_recall("No steel")
        self.answer(order, accepted=True)
        self.assertEqual((order.state, order.answer), ("cancelled", "accepted"))
        self.assertFalse(order.exception_ids)

    def test_a_rejected_change_of_a_running_order_is_asked_about(self):
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.say("operation.started", operation="Moulding")
        self.play(day.reports)
        self.change(order, 6)
        self.answer(order, accepted=False, reason="No tool")
        self.assertEqual((order.state, order.answer), ("in_progress", "rejected"))
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.order_rejected")
        self.assertIn("No tool", exception.description)
        exception.action_mes_tell_again()
        self.assertEqual((exception.state, order.answer), ("resolved", False))
        self.answer(order, accepted=True)
        self.assertEqual((order.state, order.answer), ("in_progress", "accepted"))

    def test_a_change_waits_for_an_answer_of_its_own(self):
        order = self.release(self.moulded, 4)
        self.answer(order, accepted=True)
        self.assertEqual(order.state, "accepted")
        self.change(order, 6)
        self.assertEqual((order.state, order.answer), ("released", False))

    def test_silence_is_asked_about_until_there_is_an_answer(self):
        order = self.release(self.moulded, 4)
        self.env["mes.order"]._cron_watch()
        self.assertFalse(order.exception_ids)
        order.told_at = days.MORNING
        self.env["mes.order"]._cron_watch()
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.not_acknowledged")
        self.answer(order, accepted=True)
        self.assertEqual(exception.state, "resolved")

    def test_components_and_operations_that_change_are_told(self):
        order = self.release(self.moulded, 4)
        production = order.production_id
        move = production.move_raw_ids[0]
        production.write(
            {"move_raw_ids": [Command.update(move.id, {"product_uom_qty": 10})]}
        )
        self.assertEqual(len(self.told(order)), 1)
        self.assertEqual(self.told(order)[-1:].payload["components"][0]["quantity"], 10)
        operation = production.workorder_ids[0]
        production.write(
            {"workorder_ids": [Command.update(operation.id, {"name": "Casting"})]}
        )
        self.assertEqual(
            self.told(order)[-1:].payload["operations"][0]["name"], "Casting"
        )
        production.write(
            {"workorder_ids": [Command.update(operation.id, {"name": "Casting"})]}
        )
        self.assertEqual(len(self.told(order)), 2)

    def test_another_bill_of_materials_reaches_an_order_only_when_asked(self):
        order = self.release(self.moulded, 4)
        production, before = order.production_id, order.revision
        line = Command.update(self.moulded.bom_line_ids[0].id, {"product_qty": 3})
        self.moulded.write({"bom_line_ids": [line]})
        self.assertTrue(production.is_outdated_bom)
        self.assertEqual((order.revision, order.release_number), (before, 1))
        production.action_update_bom()
        (told,) = self.told(order)
        self.assertEqual(told.payload["components"][0]["quantity"], 12)
        self.assertNotEqual(order.revision["sha256"], before["sha256"])

    def test_what_was_reported_on_keeps_its_components(self):
        order, _day = self.running()
        self.moulded.bom_line_ids[0].product_qty = 3
        with self.assertRaisesRegex(UserError, "has reported on"):
            order.production_id.action_update_bom()

    # Changes of an order that has been reported on ------------------------

    def running(self):
        order = self.release(self.moulded, 10)
        day = days.Day(order.name)
        day.consume("M-RAW", 10, lot="A")
        day.report(5, lot="F-1")
        self.play(day.reports)
        return order, day

    def planned(self, production):
        return {
            move.product_id: (move._get_planned_quantity(), move.product_uom_qty)
            for move in production._get_planned_moves()
        }

    def test_a_date_changes_neither_plan_nor_revision(self):
        order, _day = self.running()
        before = order.revision
        start = order.production_id.date_start
        order.production_id.with_context(force_date=True).date_start = start.replace(
            year=2031
        )
        self.assertEqual(order.revision, before)
        components = self.told(order)[-1:].payload["components"]
        self.assertEqual([entry["quantity"] for entry in components], [20, 10])

    def test_a_quantity_scales_the_whole_plan_and_is_told_once(self):
        order, _day = self.running()
        before = order.revision
        self.change(order, 12)
        planned = self.planned(order.production_id)
        self.assertEqual(planned[self.raw], (24, 14))
        self.assertEqual(planned[self.finished], (12, 7))
        self.assertEqual(order.revision, before)
        (told,) = self.told(order)
        self.assertEqual(told.payload["quantity"], 12)
        quantities = [entry["quantity"] for entry in told.payload["components"]]
        self.assertEqual(quantities, [24, 12])

    def test_more_consumed_and_taken_back_leaves_the_plan(self):
        order, day = self.running()
        wrong = day.say("consumed", item="M-RAW", lot="B", quantity=30, unit="EA")
        day.say("reversed", corrects=wrong)
        self.play(day.reports[-2:])
        self.assertEqual(self.planned(order.production_id)[self.raw], (20, 10))

    def test_a_component_on_two_lines_is_planned_once_on_each(self):
        self.moulded.bom_line_ids = [
            Command.create({"product_id": self.raw.id, "product_qty": 3})
        ]
        order = self.release(self.moulded, 4)
        day = days.Day(order.name)
        day.consume("M-RAW", 14, lot="A")
        day.report(1, lot="F-1")
        day.complete(backorder=True)
        self.play(day.reports[:1])
        moves = order.production_id.move_raw_ids.filtered(
            lambda m: m.product_id == self.raw and not m.mes_event_id
        )
        self.assertEqual(sorted(moves.mapped("product_uom_qty")), [0, 6])
        self.play(day.reports[1:])
        planned = order.production_id.move_raw_ids.filtered(
            lambda m: m.product_id == self.raw
        )
        self.assertEqual(sorted(planned.mapped("product_uom_qty")), [6, 9])

    # Split by hand ----------------------------------------------------------

    def split(self, order, *amounts):
        production = order.production_id
        return production._split_productions({production: list(amounts)}) - production

    def test_an_order_split_by_hand_is_told_once_as_it_is(self):
        order, _day = self.running()
        self.split(order, 7, 3)
        (told,) = self.told(order)
        self.assertEqual(told.payload["quantity"], 7)
        quantities = [entry["quantity"] for entry in told.payload["components"]]
        self.assertEqual(quantities, [14, 7])
        self.assertEqual(self.planned(order.production_id)[self.raw], (14, 4))

    def test_what_was_split_off_is_made_next_under_the_same_reference(self):
        order, day = self.running()
        rest = self.split(order, 5, 5)
        with self.assertRaises(UserError):
            rest.action_release_to_mes()
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual((order.part, order.production_id), (2, rest))
        self.assertEqual(order.state, "released")
        last = days.Day(order.name, moment=day.moment)
        last.report(5, lot="F-2")
        last.complete(part=2)
        self.play(last.reports)
        self.assertEqual((order.state, rest.state), ("closed", "done"))

    def test_a_part_cancelled_by_a_person_gives_way_to_the_next(self):
        order = self.release(self.moulded, 10)
        rest = self.split(order, 5, 5)
        order.production_id.action_cancel()
        self.assertEqual((order.part, order.production_id), (2, rest))
        self.assertEqual(order.state, "released")
