import itertools
from datetime import timedelta

from odoo import Command, fields

from odoo.addons.mes_bridge.tests.common import CODES, MesCase

INSPECTED = "production.inspected"
GOOD = [
    {"characteristic": "DIAMETER", "value": 12, "unit": "mm"},
    {"characteristic": "SURFACE", "conforming": True},
]
BAD = [{**GOOD[0], "value": 13}, GOOD[1]]


class TestInspected(MesCase):
    """What the shop floor measured decides about the lot that it made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(INSPECTED, "production.reversed")
        cls.plan = cls.env["quality.inspection.plan"].create(
            {
                "name": "Output",
                "product_id": cls.finished.id,
                "operation": "production",
                "characteristic_ids": [
                    Command.create(
                        {
                            "code": "DIAMETER",
                            "name": "Diameter",
                            "minimum": 11,
                            "maximum": 12.5,
                            "unit": "mm",
                        }
                    ),
                    Command.create(
                        {"code": "SURFACE", "name": "Surface", "kind": "attributive"}
                    ),
                ],
            }
        )

    def make(self, order, quantity, event_id):
        payload = {"order": order.name, "lot": "F", "quantity": quantity, "unit": "EA"}
        return self.send(CODES[2], payload, event_id)

    def inspect(self, order, results, event_id="i", **payload):
        payload = {"order": order.name, "lot": "F", "results": results, **payload}
        return self.send(INSPECTED, payload, event_id)

    def send(self, code, payload, event_id):
        """Report under a key of its own: a double reaches the handler."""
        key = f"{event_id}-{next(self.counter)}"
        return self.report(code, payload, event_id, idempotency_key=key)

    def get_lot(self):
        return self.env["stock.lot"].search([("name", "=", "F")])

    def get_inspection(self):
        return self.env["quality.inspection"].search([("lot_id.name", "=", "F")])

    def test_good_results_release_the_lot(self):
        order = self.make_order()
        self.make(order, 4, "m")
        self.assertEqual(self.get_lot().disposition, "pending")
        self.assertEqual(self.inspect(order, GOOD, inspector="Gauge 3").state, "done")
        inspection = self.get_inspection()
        self.assertEqual(
            (inspection.state, inspection.lot_id.disposition), ("passed", "released")
        )
        self.assertEqual(set(inspection.result_ids.mapped("source")), {"Gauge 3"})
        self.assertEqual(order.event_ids[-1].inspection_id, inspection)

    def test_bad_results_quarantine_it_and_open_a_nonconformance(self):
        order = self.make_order()
        self.make(order, 4, "m")
        self.inspect(order, BAD)
        inspection = self.get_inspection()
        self.assertEqual(inspection.lot_id.disposition, "quarantined")
        self.assertEqual(
            inspection.nonconformance_ids.production_id, order.production_id
        )

    def test_any_order_with_doubles_ends_the_same(self):
        steps = {
            "m1": lambda order: self.make(order, 4, "m1"),
            "m2": lambda order: self.make(order, 2, "m2"),
            "i": lambda order: self.inspect(order, GOOD, quantity=6, unit="EA"),
        }
        for arrival in itertools.permutations(steps):
            with self.subTest(arrival=arrival):
                savepoint = self.env.cr.savepoint()
                order = self.make_order()
                for step in (*arrival, "i"):
                    delivery = steps[step](order)
                    self.assertIn(delivery.state, ("done", "ignored"))
                inspection = self.get_inspection()
                self.assertEqual((inspection.state, inspection.quantity), ("passed", 6))
                self.assertEqual(inspection.lot_id.disposition, "released")
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_more_to_come_decides_nothing(self):
        order = self.make_order()
        self.make(order, 4, "m")
        self.inspect(order, GOOD[:1], "i1", final=False)
        self.assertEqual(self.get_inspection().state, "in_progress")
        self.inspect(order, GOOD[1:], "i2")
        self.assertEqual(self.get_inspection().state, "passed")

    def test_results_that_do_not_fit_park_their_own_message(self):
        order = self.make_order()
        self.make(order, 4, "m")
        delivery = self.inspect(order, [{"characteristic": "WEIGHT", "value": 1}])
        self.assertEqual(delivery.state, "parked")
        self.assertEqual(
            delivery.exception_id.kind_id.code, "supplier_quality.result_mismatch"
        )
        self.assertEqual(order.event_ids.mapped("kind"), ["reported"])

    def test_results_that_waited_and_do_not_fit_hold_no_production_back(self):
        order = self.make_order()
        self.inspect(order, [{"characteristic": "WEIGHT", "value": 1}])
        self.assertEqual(self.make(order, 4, "m").state, "done")
        self.assertEqual(order.production_id.qty_produced, 4)
        self.assertEqual(order.event_ids[0].results_state, "refused")
        self.assertEqual(
            order.exception_ids.kind_id.code, "mes_bridge.results_refused"
        )

    def test_system_of_record_is_the_only_one_that_is_heard(self):
        self.plan.system_id = self.system.copy({"code": "lab", "name": "Laboratory"})
        order = self.make_order()
        self.make(order, 4, "m")
        delivery = self.inspect(order, GOOD)
        self.assertEqual(
            delivery.exception_id.kind_id.code, "supplier_quality.other_system"
        )

    def test_results_taken_back_in_time_are_never_entered(self):
        order = self.make_order()
        self.inspect(order, BAD)
        self.take_back(order, "i")
        self.make(order, 4, "m")
        self.assertEqual(self.get_inspection().state, "draft")
        self.assertFalse(order.exception_ids)

    def test_verdict_is_not_undone_by_a_message(self):
        order = self.make_order()
        self.make(order, 4, "m")
        self.inspect(order, GOOD)
        self.take_back(order, "i")
        self.assertEqual(self.get_inspection().state, "passed")
        exception = order.exception_ids
        self.assertEqual(exception.kind_id.code, "mes_bridge.results_taken_back")
        self.make(order, 1, "m2")
        self.assertEqual(order.exception_ids, exception)

    def take_back(self, order, event_id):
        payload = {"order": order.name, "corrects": event_id}
        return self.report("production.reversed", payload, f"r-{event_id}")

    def test_results_after_closing_are_taken(self):
        order = self.make_order()
        *reports, completion = self.day(order, "F")
        for report in (*reports, completion):
            self.report(*report)
        self.assertEqual(order.state, "closed")
        self.assertEqual(self.inspect(order, GOOD).state, "done")
        self.assertEqual(self.get_lot().disposition, "released")
        self.assertEqual(order.state, "closed")

    def test_results_that_nothing_waits_for_are_asked_about(self):
        order = self.make_order()
        self.inspect(order, GOOD)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mes_event SET create_date = %s WHERE id IN %s",
            [fields.Datetime.now() - timedelta(hours=1), tuple(order.event_ids.ids)],
        )
        self.env["mes.order"]._cron_watch()
        self.assertEqual(
            order.exception_ids.kind_id.code, "mes_bridge.results_unclaimed"
        )

    def test_only_what_is_tracked_has_lots_that_are_decided_about(self):
        self.finished.tracking = "none"
        delivery = self.inspect(self.make_order(), GOOD)
        self.assertEqual(delivery.exception_id.kind_id.code, "mes_bridge.lot_missing")

    def test_reporting_system_needs_no_right_to_manage_quality(self):
        self.assertTrue(
            self.system.user_id.has_group("lot_disposition.lot_disposition_group_inspector")
        )
        self.assertFalse(
            self.system.user_id.has_group("lot_disposition.lot_disposition_group_manager")
        )
