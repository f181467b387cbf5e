"""Traps of Odoo 19: each guard is here with a test that fails without it.

See ``docs/traps.md``.
"""

from datetime import datetime

from odoo.exceptions import UserError

from . import day as days
from .test_day import DayCase


class TestTraps(DayCase):
    def started(self, quantity=4, bom=None, warehouse=None):
        order = self.release(bom or self.moulded, quantity, warehouse)
        return order, days.Day(order.name)

    def consumed(self, order, product):
        lines = order.production_ids.move_raw_ids.move_line_ids.filtered(
            lambda line: line.product_id == product and line.state == "done"
        )
        return sum(lines.mapped("quantity"))

    def test_order_is_found_after_a_split_renamed_it(self):
        order, day = self.started()
        name = order.production_id.name
        order.production_id._split_productions({order.production_id: [3, 1]})
        self.assertNotEqual(order.production_id.name, name)
        day.report(1, lot="F-1")
        self.play(day.reports)
        self.assertEqual(order.production_id.qty_produced, 1)

    def test_a_split_off_part_goes_on_under_the_same_reference(self):
        order, _day = self.started()
        first = order.production_id
        parts = first._split_productions({first: [3, 1]})
        first.with_context(mes_posting=True).action_cancel()
        self.assertEqual(order._get_production(), parts - first)

    def test_a_backorder_is_planned_as_it_was_released(self):
        order, day = self.started()
        day.consume("M-RAW", 2, lot="A")
        day.report(1, lot="F-1")
        day.complete(backorder=True)
        self.play(day.reports)
        backorder = order.production_id
        self.assertEqual((order.part, backorder.product_qty), (2, 3))
        planned = {m.product_id: m.product_uom_qty for m in backorder.move_raw_ids}
        self.assertEqual(planned, {self.raw: 6, self.extra: 3})

    def test_start_of_a_running_order_is_dated_without_unplanning(self):
        order, day = self.started()
        order.production_id.button_plan()
        day.say("operation.started", operation="Moulding")
        day.consume("M-RAW", 8, lot="A")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.production_id.date_start, days.MORNING.replace(minute=7))

    def test_starting_one_operation_consumes_nothing(self):
        order, day = self.started()
        day.say("operation.started", operation="Moulding")
        self.play(day.reports)
        self.assertEqual(order.production_id.qty_producing, 0)
        self.assertFalse(order.production_id.move_raw_ids.filtered("picked"))
        self.assertEqual(order.production_id.workorder_ids[0].state, "progress")

    def test_finishing_fills_in_no_theoretical_consumption(self):
        # Odoo fills in what an operation takes that is finished.
        self.moulded.bom_line_ids.operation_id = self.moulded.operation_ids[0]
        order, day = self.started()
        day.consume("M-RAW", 3, lot="A")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed")
        self.assertEqual(self.consumed(order, self.raw), 3)
        self.assertEqual(self.consumed(order, self.extra), 0)

    def test_pauses_leave_no_open_timer(self):
        order, day = self.started()
        for verb in ("started", "paused", "resumed"):
            day.say(f"operation.{verb}", operation="Moulding")
        day.say("operation.started", operation="Packing")
        self.play(day.reports)
        times = order.production_id.workorder_ids.time_ids
        self.assertEqual(len(times), 1)
        self.assertTrue(all(times.mapped("date_end")))

    def test_partial_posting_cancels_no_planned_component(self):
        order, day = self.started()
        day.consume("M-RAW", 2, lot="A")
        day.report(1, lot="F-1")
        self.play(day.reports)
        planned = order.production_id.move_raw_ids.filtered(
            lambda m: not m.mes_event_id
        )
        self.assertNotIn("cancel", planned.mapped("state"))
        self.assertEqual(
            planned.filtered(lambda m: m.product_id == self.raw).product_uom_qty, 6
        )

    def test_each_of_several_lots_has_its_own_move(self):
        order, day = self.started()
        day.consume("M-RAW", 4, lot="A", output_lot="F-1")
        day.report(2, lot="F-1")
        day.consume("M-RAW", 4, lot="B", output_lot="F-2")
        day.report(2, lot="F-2")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed")
        production = order.production_id
        self.assertEqual(len(production.lot_producing_ids), 1)
        used = {
            line.lot_id.name: line.consume_line_ids.lot_id.mapped("name")
            for line in production.move_finished_ids.move_line_ids
        }
        self.assertEqual(used, {"F-1": ["A"], "F-2": ["B"]})

    def test_serial_quantity_is_what_was_reported(self):
        order, day = self.started(3, self.assembled)
        day.consume("M-RAW", 4, lot="A")
        day.report(2, serials=["S-1", "S-2"])
        day.complete()
        self.play(day.reports)
        self.assertEqual((order.state, order.production_id.qty_produced), ("closed", 2))
        self.assertEqual(
            order.production_id.lot_producing_ids.mapped("name"), ["S-1", "S-2"]
        )

    def test_a_dialogue_is_not_taken_for_a_finished_order(self):
        order, day = self.started()
        day.consume("M-RAW", 4, lot="A")
        day.report(2, lot="F-1")
        day.complete()
        question = {"type": "ir.actions.act_window"}
        self.patch(
            type(self.env["mrp.production"]),
            "button_mark_done",
            lambda *_args: question,
        )
        *before, last = day.reports
        self.play(before)
        delivery = self.receive(last[0], last[1], **last[2]).delivery_ids
        self.assertEqual(delivery.exception_id.kind_id.code, "mes_bridge.not_finished")

    def test_zero_yield_produces_nothing(self):
        order, day = self.started()
        day.consume("M-RAW", 4, lot="A")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.production_id.qty_produced, 0)
        self.assertEqual(
            order.exception_ids.kind_id.code, "mes_bridge.nothing_produced"
        )
        order.exception_ids.action_mes_cancel_production()
        self.assertEqual((order.state, order.production_id.state), ("closed", "cancel"))
        self.assertEqual(self.consumed(order, self.raw), 4)

    def test_strict_consumption_is_enforced_against_the_released_revision(self):
        self.moulded.consumption = "strict"
        order, day = self.started()
        # Odoo's own check would take today's bill of materials.
        self.moulded.bom_line_ids.filtered(
            lambda line: line.product_id == self.raw
        ).product_qty = 1
        day.consume("M-RAW", 4, lot="A")
        day.consume("M-SCREW", 4)
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.consumption_differs")
        self.assertIn("4 instead of 8", exception.description)
        exception.action_mes_accept_consumption()
        self.assertEqual(order.state, "closed")

    def test_everything_is_dated_to_when_it_happened(self):
        order, day = self.started()
        day.consume("M-RAW", 8, lot="A")
        consumed_at = day.moment
        day.report(4, lot="F-1")
        made_at = day.moment
        day.complete()
        self.play(day.reports)
        production = order.production_id
        done = (production.move_raw_ids | production.move_finished_ids).filtered(
            lambda move: move.state == "done"
        )
        self.assertEqual(
            {(m.product_id, m.date, m.move_line_ids.date) for m in done},
            {(self.raw, consumed_at, consumed_at), (self.finished, made_at, made_at)},
        )
        self.assertEqual(production.date_finished, day.moment)

    def test_finished_goods_are_scrapped_out_of_where_they_were_made(self):
        order, day = self.started(4, warehouse=self.warehouse)
        day.report(2, lot="F-1")
        day.say("scrapped", lot="F-1", quantity=1, unit="EA", reason_code="BURR")
        self.play(day.reports)
        scrap = order.production_id.scrap_ids
        self.assertEqual(scrap.location_id, self.warehouse.sam_loc_id)
        self.assertEqual(scrap.scrap_reason_tag_ids.name, "Burr")
        self.assertEqual(scrap.date_done, day.moment)
        put_away = order.event_ids.move_ids.move_dest_ids
        self.assertEqual(sum(put_away.mapped("product_uom_qty")), 2)

    def test_a_report_taken_back_leaves_no_stock(self):
        order, day = self.started()
        wrong = day.say("reported", lot="F-1", quantity=3, unit="EA")
        self.play(day.reports)
        lot = self.env["stock.lot"].search([("name", "=", "F-1")])
        self.assertEqual(lot.product_qty, 3)
        day.say("reversed", corrects=wrong)
        self.play(day.reports[-1:])
        self.assertEqual(lot.product_qty, 0)
        self.assertEqual(order.production_id.qty_produced, 0)

    def test_subcontracted_order_is_not_released(self):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.finished.id,
                "product_qty": 1,
                "bom_id": self.moulded.id,
            }
        )
        production.action_confirm()
        self.env.cr.execute(
            "UPDATE mrp_bom SET type = 'subcontract' WHERE id = %s", [self.moulded.id]
        )
        self.moulded.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "subcontractor"):
            production.action_release_to_mes()

    def test_units_that_do_not_convert_are_refused_at_release(self):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.finished.id,
                "product_qty": 1,
                "bom_id": self.moulded.id,
            }
        )
        production.action_confirm()
        kilogram = self.env.ref("uom.product_uom_kgm")
        self.env.cr.execute(
            "UPDATE stock_move SET product_uom = %s WHERE id = %s",
            [kilogram.id, production.move_raw_ids[0].id],
        )
        production.move_raw_ids.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "not convert"):
            production.action_release_to_mes()

    def test_tracked_components_are_consumed_while_picking_is_open(self):
        order, day = self.started(4, warehouse=self.warehouse)
        picking = order.production_id.picking_ids
        self.assertNotIn("done", picking.mapped("state"))
        day.consume("M-RAW", 8, lot="A")
        self.play(day.reports)
        self.assertEqual(self.consumed(order, self.raw), 8)

    def test_what_is_left_to_put_away_stays_reserved(self):
        order, day = self.started(warehouse=self.warehouse)
        day.report(3, lot="F-1")
        wrong = day.say("reported", lot="F-1", quantity=1, unit="EA")
        day.say("reversed", corrects=wrong)
        self.play(day.reports)
        put_away = order.event_ids.move_ids.move_dest_ids.filtered(
            lambda move: move.state != "cancel"
        )
        self.assertEqual(set(put_away.mapped("state")), {"assigned"})
        self.assertEqual(sum(put_away.mapped("quantity")), 3)
        scrapped = days.Day(f"{order.name}", moment=day.moment)
        scrapped.say("scrapped", lot="F-1", quantity=1, unit="EA", reported_before=True)
        scrapped.reports[0][2]["event_id"] += "-scrap"
        self.play(scrapped.reports)
        self.assertEqual(set(put_away.mapped("state")), {"assigned"})
        self.assertEqual(sum(put_away.mapped("quantity")), 2)

    def test_later_parts_are_put_away_as_the_first_was(self):
        order, day = self.started(4, warehouse=self.warehouse)
        day.report(1, lot="F-1")
        day.report(2, lot="F-1")
        self.play(day.reports)
        put_away = order.event_ids.move_ids.move_dest_ids
        self.assertEqual(sum(put_away.mapped("product_uom_qty")), 3)
        self.assertEqual(put_away.location_dest_id, self.warehouse.lot_stock_id)

    def test_revision_is_a_snapshot(self):
        order, _day = self.started()
        before = order.revision
        self.moulded.bom_line_ids[0].product_qty = 9
        self.assertEqual(order.revision, before)
        self.assertEqual(order.production_id.move_raw_ids[0].product_uom_qty, 8)

    def test_overproduction_is_posted_as_it_is(self):
        order, day = self.started()
        day.consume("M-RAW", 10, lot="A")
        day.report(5, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual((order.state, order.production_id.qty_produced), ("closed", 5))
        self.assertEqual(self.consumed(order, self.raw), 10)
        self.assertEqual(self.consumed(order, self.extra), 0)

    def test_posted_consumption_is_not_reserved_twice(self):
        order, day = self.started()
        reserved = lambda: sum(  # noqa: E731 - read twice
            order.production_id.move_raw_ids.filtered(
                lambda m: m.product_id == self.raw and not m.mes_event_id
            ).move_line_ids.mapped("quantity")
        )
        self.assertEqual(reserved(), 8)
        day.consume("M-RAW", 5, lot="B")
        self.play(day.reports)
        self.assertEqual(reserved(), 3)

    def test_moments_are_normalised_to_utc(self):
        order, day = self.started()
        day.say(
            "labour",
            operation="Moulding",
            **{"from": "2026-03-24T08:00:00+02:00", "to": "2026-03-24T09:00:00+02:00"},
        )
        self.play(day.reports)
        time = order.production_id.workorder_ids.time_ids
        self.assertEqual(time.date_start, datetime(2026, 3, 24, 6))
        self.assertEqual(time.date_end, datetime(2026, 3, 24, 7))
