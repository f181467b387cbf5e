from datetime import timedelta

from odoo import fields

from . import day as days
from .test_day import DayCase


class TestReports(DayCase):
    """Reports that are small, late, from the future, of scrap or of something else."""

    def start(self, quantity=4):
        order = self.release(self.moulded, quantity)
        return order, days.Day(order.name)

    # Quantities ----------------------------------------------------------

    def test_many_small_reports_add_up(self):
        self.extra.uom_id = self.env.ref("uom.product_uom_kgm")
        self.moulded.bom_line_ids[1].product_uom_id = self.extra.uom_id
        order, day = self.start()
        before = self.quantity(self.extra)
        for _ in range(8):
            day.say("consumed", item="M-SCREW", quantity=0.125, unit="KGM")
        day.report(4, lot="F-1")
        day.say(
            "order.completed",
            good_quantity=4,
            unit="EA",
            consumed=[{"item": "M-SCREW", "quantity": 1, "unit": "KGM"}],
        )
        self.play(reversed(day.reports))
        self.assertEqual(order.state, "closed", order.waits_for)
        self.assertAlmostEqual(before - self.quantity(self.extra), 1)

    # Moments and periods --------------------------------------------------

    def test_a_moment_in_the_future_is_asked_about_and_dated_when_received(self):
        order, day = self.start()
        day.moment = fields.Datetime.now() + timedelta(days=1500)
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        self.assert_parked(delivery, "moment_implausible")
        delivery.exception_id.action_mes_date_today()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        move = order.event_ids.move_ids
        self.assertLess(move.date, fields.Datetime.now() + timedelta(minutes=5))

    def test_a_locked_period_is_asked_about_and_what_moves_is_dated_today(self):
        order, day = self.start()
        Order = type(self.env["mes.order"])
        locked = days.MORNING.date() + timedelta(days=1)
        self.patch(
            Order,
            "_find_period_lock",
            lambda _self, moment: locked if moment.date() <= locked else False,
        )
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        self.assert_parked(delivery, "period_locked")
        self.assertFalse(order.event_ids)
        delivery.exception_id.action_mes_date_today()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(order.event_ids.occurred_at, day.moment)
        self.assertEqual(order.event_ids.move_ids.date.date(), fields.Date.today())

    def test_times_of_what_was_closed_too_long_ago_are_asked_about(self):
        order, day = self.start()
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        order.closed_at = fields.Datetime.now() - timedelta(days=40)
        day.moment = days.MORNING
        delivery = self.send(day, "operation.started", operation="Moulding")
        self.assert_parked(delivery, "period_locked")

    # Operations ------------------------------------------------------------

    def test_labour_has_to_name_one_of_several_operations(self):
        _order, day = self.start()
        times = {"from": "2026-03-24T06:00:00Z", "to": "2026-03-24T07:00:00Z"}
        self.assert_parked(self.send(day, "labour", **times), "unknown_operation")
        both = self.send(day, "labour", work_centre="PRESS-4", **times)
        self.assert_parked(both, "unknown_operation")

    # Scrap -----------------------------------------------------------------

    def test_what_was_good_and_is_scrapped_is_good_no_more(self):
        order = self.release(self.moulded, 10, self.warehouse)
        day = days.Day(order.name)
        day.report(10, lot="F-1")
        spoilt = day.say(
            "scrapped", lot="F-1", quantity=1, unit="EA", reported_before=True
        )
        self.play(day.reports)
        self.assertEqual(order.good_qty, 9)
        scrap = order.production_id.scrap_ids
        self.assertEqual(scrap.location_id, self.warehouse.sam_loc_id)
        put_away = order.event_ids.move_ids.move_dest_ids
        self.assertEqual(sum(put_away.mapped("product_uom_qty")), 9)
        day.good = 9
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual(order.state, "closed", order.exception_ids.mapped("name"))
        self.assertTrue(spoilt)

    def test_scrap_taken_back_is_no_scrap(self):
        order, day = self.start()
        wrong = day.say("scrapped", lot="F-1", quantity=2, unit="EA")
        day.say("reversed", corrects=wrong)
        self.play(day.reports)
        self.assertEqual(order.production_id.scrap_ids.scrap_qty, 0)
        self.assertEqual(self.quantity(self.finished, "F-1"), 0)

    def test_scrap_of_what_is_no_component_is_refused(self):
        order, day = self.start()
        delivery = self.send(day, "scrapped", item="M-FOREIGN", quantity=1, unit="EA")
        self.assertFalse(order.event_ids)
        self.assertEqual(delivery.state, "parked")
        self.map("item", "M-MACHINE", self.machine)
        lot = {"lot": "X-1", "quantity": 1, "unit": "EA"}
        self.env["stock.lot"].create({"name": "X-1", "product_id": self.machine.id})
        delivery = self.send(day, "scrapped", item="M-MACHINE", **lot)
        self.assert_parked(delivery, "unknown_component")

    def test_a_by_product_is_scrapped_before_its_report(self):
        order, day = self.start()
        self.runner.tracking = "lot"
        self.env["stock.lot"].create({"name": "R-1", "product_id": self.runner.id})
        lot = {"item": "M-RUNNER", "lot": "R-1", "unit": "EA"}
        day.say("scrapped", quantity=1, **lot)
        day.say("reported", quantity=1, **lot)
        self.play(day.reports)
        self.assertEqual(self.quantity(self.runner, "R-1"), 0)
        self.assertEqual(len(order.event_ids), 2)

    def test_a_report_asks_no_more_the_more_its_order_has(self):
        order = self.release(self.assembled, 20)
        counts = []
        for number in range(10):
            lot = "AB"[number % 2]
            used = {"order": order.name, "item": "M-RAW", "lot": lot, "unit": "EA"}
            made = {"order": order.name, "unit": "EA", "lot": f"S-{number}"}
            before = self.env.cr.sql_log_count
            self.report("production.consumed", used | {"quantity": 2}, f"U-{number}")
            self.report("production.reported", made | {"quantity": 1}, f"M-{number}")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(order.event_ids), 20)
        self.assertLessEqual(counts[-1], counts[3] + 8)

    # Lots and consumption --------------------------------------------------

    def test_a_report_goes_on_when_its_lot_arrives(self):
        order, day = self.start()
        lot = self.env["stock.lot"].create({"name": "C", "product_id": self.raw.id})
        delivery = self.send(
            day, "consumed", item="M-RAW", lot="C", quantity=2, unit="EA"
        )
        self.assert_parked(delivery, "lot_not_in_stock")
        quant = self.env["stock.quant"].create(
            {
                "product_id": self.raw.id,
                "location_id": self.stock.id,
                "lot_id": lot.id,
                "inventory_quantity": 5,
            }
        )
        quant.action_apply_inventory()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(len(order.event_ids), 1)

    def test_where_the_bill_of_materials_warns_a_difference_is_asked_about(self):
        self.moulded.consumption = "warning"
        order, day = self.start()
        day.consume("M-RAW", 9, lot="A")
        day.consume("M-SCREW", 4)
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed")
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.consumption_warning")
        self.assertIn("9 instead of 8", exception.description)

    # Opened again -----------------------------------------------------------

    def test_completed_anew_everything_is_written_anew(self):
        order, day = self.start()
        day.consume("M-RAW", 8, lot="A")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        order.action_reopen()
        day.consume("M-RAW", 2, lot="B")
        self.play(day.reports[-1:])
        day.complete()
        self.play(day.reports[-1:])
        self.assertEqual(order.state, "closed", order.waits_for)
        production = order.production_id
        made = production.move_finished_ids.filtered("mes_event_id")
        used = made.move_line_ids.consume_line_ids.lot_id.mapped("name")
        self.assertEqual(sorted(used), ["A", "B"])
        self.assertEqual(production.date_finished, day.moment)
        if "value" in made._fields:
            # Ten at 3, and the forty minutes that operations were expected to take.
            self.assertEqual(sum(made.mapped("value")), 70)

    # Plants -----------------------------------------------------------------

    def test_a_system_reports_on_orders_of_its_own_plants(self):
        order, day = self.start()
        self.system.warehouse_ids = self.warehouse
        delivery = self.send(day, "reported", lot="F-1", quantity=1, unit="EA")
        self.assert_parked(delivery, "unknown_order")
        self.system.warehouse_ids |= order.production_id.picking_type_id.warehouse_id
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)

    # Plants ---------------------------------------------------------------

    def test_codes_are_those_of_the_plant_of_the_order(self):
        """One system for two plants, of which each numbers its items itself."""
        order, day = self.start()
        plant = order.production_id.picking_type_id.warehouse_id
        other = plant.create({"name": "Plant U", "code": "PLU"})
        self.system.warehouse_ids = plant | other
        self.map("item", "S-1", self.raw, warehouse_id=other.id)
        delivery = self.send(day, "consumed", item="S-1", quantity=1, unit="EA")
        self.assert_parked(delivery, "integration_core.unmapped_code")
        self.map("item", "S-1", self.extra, warehouse_id=plant.id)
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(order.event_ids[-1].product_id, self.extra)
