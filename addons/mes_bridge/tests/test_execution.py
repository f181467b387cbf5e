import random
from unittest.mock import patch

from .common import CODES, MesCase

PERMUTATIONS = 4


class TestExecution(MesCase):
    def play(self, order, reports):
        for code, payload, event_id in reports:
            # A double reaches the handler when it was sent under another key.
            key = f"{event_id}-{next(self.counter)}"
            delivery = self.report(code, payload, event_id, idempotency_key=key)
            self.assertIn(delivery.state, ("done", "ignored"), delivery.last_error)

    def test_day_in_order(self):
        order = self.make_order()
        self.play(order, self.day(order, "FIN-1"))
        self.assertEqual(
            self.outcome(order),
            {
                "state": ("closed", "done"),
                "consumed": {("RAW", "A"): 12.5, ("RAW", "B"): 8},
                "made": [("FIN-1", 9)],
                "quantity": 9,
            },
        )

    def test_others_hear_of_closed_orders_and_of_what_is_missing(self):
        self.subscribe("production.order.closed", "production.shortage.detected")
        order = self.make_order()
        self.play(order, self.day(order, "FIN-1"))
        production = order.production_id
        closed = self.published("production.order.closed", production)
        self.assertEqual(closed.payload["order"], order.name)
        self.assertEqual(closed.payload["lots"], ["FIN-1"])
        self.assertFalse(self.published("production.shortage.detected", production))
        self.env.company.mes_release_without_material = True
        large = self.make_order(quantity=5000).production_id
        missing = self.published("production.shortage.detected", large)[-1:]
        self.assertIn("SCREW", [line["item"] for line in missing.payload["missing"]])

    def test_any_order_with_doubles_ends_the_same(self):
        shuffle = random.Random(20260324)
        expected = None
        for number in range(PERMUTATIONS):
            order = self.make_order()
            reports = self.day(order, f"FIN-{number}")
            again = shuffle.sample(reports, 3)
            mixed = reports + again
            shuffle.shuffle(mixed)
            self.play(order, mixed)
            outcome = self.outcome(order)
            outcome["made"] = [quantity for _lot, quantity in outcome["made"]]
            expected = expected or outcome
            with self.subTest(number=number):
                self.assertEqual(outcome, expected)
                self.assertEqual(outcome["state"], ("closed", "done"))

    def test_start_that_comes_last_is_no_exception(self):
        order = self.make_order()
        start, *rest = self.day(order, "FIN-1")
        self.play(order, rest)
        self.assertEqual(order.state, "closed")
        self.assertEqual(self.report(start[0], start[1], start[2]).state, "done")

    def test_completion_waits_for_the_last_report(self):
        order = self.make_order()
        reports = self.day(order, "FIN-1")
        late = reports.pop(2)
        self.play(order, reports)
        self.assertEqual(
            (order.state, order.production_id.state), ("completed", "progress")
        )
        self.play(order, [late])
        self.assertEqual(order.state, "closed")

    def test_same_report_under_another_key_is_ignored(self):
        order = self.make_order()
        code, payload, event_id = self.day(order, "FIN-1")[1]
        self.report(code, payload, event_id)
        delivery = self.report(code, payload, event_id, idempotency_key="other")
        self.assertEqual(delivery.state, "ignored")
        self.assertEqual(len(order.event_ids), 1)

    def test_whether_a_report_is_on_record_is_asked_once(self):
        order = self.make_order()
        code, payload, event_id = self.day(order, "FIN-1")[1]
        self.report(code, payload, event_id)
        Event = self.registry["mes.event"]
        with patch.object(
            Event, "_search", autospec=True, side_effect=Event._search
        ) as search:
            self.report(code, payload, event_id, idempotency_key="other")
        self.assertEqual(search.call_count, 1)

    def test_what_a_person_has_to_decide_is_parked_and_posts_nothing(self):
        order = self.make_order()
        base = {"order": order.name, "quantity": 1, "unit": "EA"}
        for code, payload, kind in (
            (CODES[0], {"order": "MES/99999"}, "mes_bridge.unknown_order"),
            (CODES[1], base | {"item": "M-RAW"}, "mes_bridge.lot_missing"),
            (
                CODES[1],
                base | {"item": "M-RAW", "lot": "A", "unit": "KGM"},
                "integration_stock.unit_mismatch",
            ),
            (
                CODES[1],
                base | {"item": "M-RAW", "lot": "Z"},
                "integration_core.unmapped_code",
            ),
            (CODES[1], base | {"item": "NOPE"}, "integration_core.unmapped_code"),
        ):
            with self.subTest(kind=kind, payload=payload):
                self.assert_parked(self.report(code, payload, f"x{payload}"), kind)
        self.assertFalse(order.event_ids)

    def test_reports_beyond_the_announced_totals_keep_the_order_open(self):
        order = self.make_order()
        reports = self.day(order, "FIN-1")
        reports[-1][1]["consumed"][0]["quantity"] = 1
        self.play(order, reports)
        self.assertEqual(order.state, "completed")
        self.assertEqual(order.exception_ids.kind_id.code, "mes_bridge.totals_mismatch")
        self.assertEqual(order.production_id.state, "progress")
        order.exception_ids.action_mes_close_as_reported()
        self.assertEqual((order.state, order.production_id.state), ("closed", "done"))
        self.assertEqual(order.exception_ids.state, "resolved")

    def test_report_after_the_order_was_closed_is_parked(self):
        order = self.make_order()
        self.play(order, self.day(order, "FIN-1"))
        before = self.outcome(order)
        payload = {
            "order": order.name,
            "item": "M-RAW",
            "lot": "A",
            "quantity": 1,
            "unit": "EA",
        }
        delivery = self.report(CODES[1], payload, "late")
        self.assert_parked(delivery, "mes_bridge.report_after_close")
        self.assertEqual(self.outcome(order), before)

    def test_handlers_need_no_more_than_their_groups(self):
        self.assertFalse(self.system.user_id.has_group("mrp.group_mrp_manager"))
        self.assertFalse(self.system.user_id.has_group("base.group_system"))
