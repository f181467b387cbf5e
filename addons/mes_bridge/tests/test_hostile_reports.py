from . import day as days
from .test_day import CODES, DayCase


class TestHostileReports(DayCase):
    """What a broken line says is posted right, or asked about; never lost or doubled."""

    def start(self, bom=None, quantity=4):
        order = self.release(bom or self.moulded, quantity)
        return order, days.Day(order.name)

    # Quantities ----------------------------------------------------------

    def test_contracts_take_no_negative_quantities(self):
        for code in CODES:
            contract = self.env["integration.contract"].search([("code", "=", code)])
            told = contract.schema["properties"].keys() & {"quantity", "cumulative"}
            for name in told:
                with self.subTest(code=code, name=name):
                    payload = {"order": "MES/1", "item": "I", "unit": "EA", name: -1}
                    self.assertTrue(contract._find_payload_faults(payload))

    def test_quantities_that_nobody_means_move_nothing(self):
        order, day = self.start()
        self.map("unit", "GROSS", self.env.ref("uom.product_uom_unit"), factor=144)
        before = self.quantity(self.extra)
        for quantity, unit in ((1e13, "EA"), (1e308, "EA"), (1.7e308, "GROSS")):
            measured = {"quantity": quantity, "unit": unit}
            counted = {"cumulative": quantity, "unit": unit}
            for verb, payload in (
                ("consumed", {"item": "M-SCREW", **measured}),
                ("consumed", {"item": "M-SCREW", **counted}),
                ("reported", {"lot": "F-1", **measured}),
                ("scrapped", {"lot": "F-1", **counted}),
                (
                    "order.completed",
                    {"good_quantity": quantity, "unit": unit, "consumed": []},
                ),
                (
                    "order.completed",
                    {
                        "good_quantity": 1,
                        "unit": "EA",
                        "consumed": [{"item": "M-SCREW", **measured}],
                    },
                ),
            ):
                with self.subTest(verb=verb, payload=payload):
                    delivery = self.send(day, verb, **payload)
                    self.assert_parked(
                        delivery, "integration_stock.quantity_implausible"
                    )
        self.assertFalse(order.event_ids)
        self.assertEqual(self.quantity(self.extra), before)

    def test_nothing_and_next_to_nothing_add_up(self):
        self.extra.uom_id = self.env.ref("uom.product_uom_kgm")
        self.moulded.bom_line_ids[1].product_uom_id = self.extra.uom_id
        order, day = self.start()
        before = self.quantity(self.extra)
        for quantity in (0, 1e-12, 0.333333333333, 0.333333333333, 0.333333333334):
            day.say("consumed", item="M-SCREW", quantity=quantity, unit="KGM")
        day.report(0, lot="F-1")
        self.play(day.reports)
        self.assertAlmostEqual(before - self.quantity(self.extra), 1)
        self.assertEqual(order.good_qty, 0)

    # Numbers of reports -----------------------------------------------------

    def test_a_number_used_for_something_else_is_asked_about(self):
        order, day = self.start()
        first = day.say("reported", lot="F-1", quantity=1, unit="EA")
        self.play(day.reports)
        code, payload, envelope = day.reports[0]
        for verb, changed, kind in (
            (code, payload, None),
            (code, payload | {"quantity": 2}, "report_differs"),
            (code, payload | {"lot": "F-2"}, "report_differs"),
            ("production.operation.started", {"order": order.name}, "report_differs"),
        ):
            with self.subTest(payload=changed):
                envelope["idempotency_key"] = f"again-{next(self.counter)}"
                delivery = self.receive(verb, changed, **envelope).delivery_ids
                if not kind:
                    self.assertEqual(delivery.state, "ignored")
                    continue
                exception = self.assert_parked(delivery, kind)
                self.assertEqual(exception.mes_order_id, order)
                exception.action_mes_reject()
                self.assertEqual(delivery.state, "resolved")
        self.assertEqual((order.good_qty, len(order.event_ids)), (1, 1))
        self.assertTrue(first)

    def test_a_place_taken_twice_loses_neither(self):
        order, day = self.start()
        day.report(1, lot="F-1")
        day.report(2, lot="F-1")
        first, second = (envelope for _code, _payload, envelope in day.reports)
        for name in ("sequence", "occurred_at"):
            second[name] = first[name]
        self.play(day.reports)
        self.assertEqual(order.good_qty, 3)

    # Counters ----------------------------------------------------------------

    def count(self, day, *totals, **envelope):
        for total in totals:
            day.say("reported", lot="F-1", cumulative=total, unit="EA")
            day.reports[-1][2].update(envelope)

    def ask(self, order):
        order.odd_since = days.MORNING
        self.env["mes.order"]._cron_watch()
        exception = order.exception_ids.filtered(lambda e: e.state == "open")
        self.assertEqual(exception.kind_id.code, "mes_bridge.illegal_transition")
        return exception

    def test_a_counter_that_was_reset_adds_from_zero_once_a_person_says_so(self):
        for totals, made in (((5, 8, 0, 2), 10), ((5, 2, 4, 1), 10)):
            with self.apart(totals=totals):
                order, day = self.start()
                self.count(day, *totals)
                self.play(reversed(day.reports))
                exception = self.ask(order)
                exception.action_mes_count_anew()
                self.assertEqual(exception.state, "resolved")
                self.assertEqual(order.good_qty, made)
                self.assertEqual(self.quantity(self.finished, "F-1"), made)

    def test_a_count_that_was_corrected_ends_with_the_report_taken_back(self):
        order, day = self.start()
        self.count(day, 5, 10)
        wrong = day.reports[-1][2]["event_id"]
        self.count(day, 8)
        self.play(day.reports)
        exception = self.ask(order)
        day.say("reversed", corrects=wrong)
        day.reports[-1][2]["occurred_at"] = day.reports[1][2]["occurred_at"]
        self.play(day.reports[-1:])
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(self.quantity(self.finished, "F-1"), 8)

    def test_a_new_epoch_counts_from_zero_and_nobody_is_asked(self):
        order, day = self.start()
        self.count(day, 5, epoch="1")
        self.count(day, 2, 3, epoch="2")
        self.play(day.reports)
        self.assertFalse(order.oddities)
        self.assertEqual(self.quantity(self.finished, "F-1"), 8)

    # Taken back --------------------------------------------------------------

    def test_what_is_taken_back_can_be_given_back(self):
        for depth, made in ((1, 0), (2, 3), (3, 0)):
            with self.apart(depth=depth):
                order, day = self.start()
                last = day.report(3, lot="F-1")
                for _ in range(depth):
                    last = day.say("reversed", corrects=last)
                self.play(reversed(day.reports))
                self.assertEqual(self.quantity(self.finished, "F-1"), made)
                self.assertEqual((order.good_qty, order.waits_for), (made, False))

    def test_twice_taken_back_is_taken_back_once(self):
        order, day = self.start()
        wrong = day.report(3, lot="F-1")
        for corrects in (wrong, wrong, "itself"):
            day.say("reversed", corrects=corrects)
        day.reports[-1][2]["event_id"] = "itself"
        day.report(2, lot="F-1")
        self.play(day.reports)
        self.assertEqual(self.quantity(self.finished, "F-1"), 2)
        self.assertEqual(order.production_id.qty_produced, 2)

    def test_what_was_never_seen_and_is_taken_back_is_waited_for(self):
        order, day = self.start()
        day.say("reversed", corrects="never")
        day.report(4, lot="F-1")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "completed")
        self.assertIn("taken back, never reported: 1", order.waits_for)
        order.waits_since = days.MORNING
        self.env["mes.order"]._cron_watch()
        order.exception_ids.action_mes_close_as_reported()
        self.assertEqual((order.state, order.production_id.qty_produced), ("closed", 4))

    def test_taken_back_after_closing_a_person_decides(self):
        order, day = self.start()
        wrong = day.report(1, lot="F-1")
        day.report(3, lot="F-1")
        day.complete()
        self.play(day.reports)
        delivery = self.send(day, "reversed", corrects=wrong)
        exception = self.assert_parked(delivery, "report_after_close")
        exception.action_mes_correct()
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.quantity(self.finished, "F-1"), 3)
        self.assertEqual((order.state, order.good_qty), ("closed", 3))

    # Lots and serial numbers ---------------------------------------------------

    def test_lots_are_those_of_their_product_to_the_letter(self):
        order, day = self.start()
        self.env["stock.lot"].create({"name": "X", "product_id": self.finished.id})
        used = {"item": "M-RAW", "quantity": 1, "unit": "EA"}
        # A column of a fixed width is filled up with spaces.
        delivery = self.send(day, "consumed", lot="A ", **used)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        for lot in ("X", "a"):
            with self.subTest(lot=lot):
                delivery = self.send(day, "consumed", lot=lot, **used)
                self.assert_parked(delivery, "integration_core.unmapped_code")
                self.map("lot", lot, self.lots["A"])
                self.work_off(delivery)
                self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(order.event_ids.lot_id, self.lots["A"])
        # What another product's lot is called is no matter.
        self.assertEqual(
            self.send(day, "reported", lot="A", quantity=1, unit="EA").state, "done"
        )

    def test_a_serial_number_is_one_and_used_once(self):
        self.raw.tracking = "serial"
        lot = self.env["stock.lot"].create({"name": "S", "product_id": self.raw.id})
        self.env["stock.quant"]._update_available_quantity(
            self.raw, self.stock, 1, lot_id=lot
        )
        one, other = self.start(), self.start()
        used = {"item": "M-RAW", "lot": "S", "unit": "EA"}
        for (_order, day), quantity, kind in (
            (one, 0.5, "serial_twice"),
            (one, 1, None),
            (one, 1, "lot_not_in_stock"),
            (other, 1, "lot_not_in_stock"),
        ):
            with self.subTest(quantity=quantity, kind=kind):
                delivery = self.send(day, "consumed", quantity=quantity, **used)
                if kind:
                    self.assert_parked(delivery, kind)
                else:
                    self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.quantity(self.raw, "S"), 0)

    # Scrap ----------------------------------------------------------------------

    def test_more_is_not_scrapped_than_there_is(self):
        order, day = self.start()
        day.report(2, lot="F-1")
        self.play(day.reports)
        spoilt = {"lot": "F-1", "unit": "EA", "reported_before": True}
        delivery = self.send(day, "scrapped", quantity=5, **spoilt)
        self.assert_parked(delivery, "lot_not_in_stock")
        self.assertEqual(self.quantity(self.finished, "F-1"), 2)
        day.report(3, lot="F-1")
        self.play(day.reports[-1:])
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.quantity(self.finished, "F-1"), 0)
        self.assertEqual(order.good_qty, 0)

    def test_a_kit_is_reported_by_its_parts(self):
        kit = self.env["product.product"].create({"name": "KIT", "is_storable": True})
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    (0, 0, {"product_id": self.extra.id, "product_qty": 2})
                ],
            }
        )
        self.map("item", "M-KIT", kit)
        self.moulded.bom_line_ids[1].product_id = kit
        order, day = self.start()
        self.assertIn(self.extra, order.production_id.move_raw_ids.product_id)
        for verb in ("consumed", "scrapped"):
            delivery = self.send(day, verb, item="M-KIT", quantity=1, unit="EA")
            exception = self.assert_parked(delivery, "kit_used")
        exception.action_mes_reject()
        day.consume("M-SCREW", 2)
        self.play(day.reports[-1:])
        self.assertFalse(order.event_ids.product_id - self.extra)
