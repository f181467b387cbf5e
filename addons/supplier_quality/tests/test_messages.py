from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from .common import QualityCase


class TestMessages(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("inspection.resulted")
        cls.map("item", "LAB-RES", cls.product)

    def setUp(self):
        super().setUp()
        self.inspection = self.receive_goods({"A": 5}).inspection_ids
        self.lot = self.inspection.lot_id

    def results(self, viscosity=1000, **changes):
        return {
            "item": "LAB-RES",
            "lot": "A",
            "inspector": "Lab 2",
            "measured_at": "2026-03-24T09:10:00Z",
            "results": [
                {"characteristic": "VISC", "value": viscosity, "unit": "mPa·s"},
                {"characteristic": "CLARITY", "conforming": True},
            ],
            **changes,
        }

    def post(self, payload):
        return self.receive("inspection.resulted", payload).delivery_ids

    def test_good_results_release_the_lot(self):
        delivery = self.post(self.results())
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(delivery.result["data"]["verdict"], "passed")
        self.assertEqual(self.lot.disposition, "released")
        self.assertEqual(self.lot.disposition_entry_ids[0].user_id, self.system.user_id)

    def test_bad_results_quarantine_and_open_a_nonconformance(self):
        delivery = self.post(self.results(1480))
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.lot.disposition, "quarantined")
        self.assertTrue(self.inspection.nonconformance_ids)

    def test_inspection_can_be_named_instead_of_the_lot(self):
        payload = self.results(inspection=self.inspection.name)
        self.assertEqual(self.post(payload).state, "done")

    def test_results_in_two_messages(self):
        first, second = self.results()["results"]
        delivery = self.post(self.results(results=[first]))
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.inspection.state, "in_progress")
        self.assertEqual(self.lot.disposition, "pending")
        self.post(self.results(results=[second]))
        self.assertEqual(self.lot.disposition, "released")

    def test_results_after_the_decision_wait_for_a_person(self):
        self.post(self.results())
        delivery = self.post(self.results(1480))
        self.assertEqual(delivery.state, "parked")
        self.assertEqual(
            delivery.exception_id.kind_id.code, "supplier_quality.no_open_inspection"
        )
        self.assertEqual(self.lot.disposition, "released")

    def test_doubled_report_after_the_decision_is_no_question(self):
        self.post(self.results())
        delivery = self.post(self.results())
        self.assertEqual(delivery.state, "ignored", delivery.last_error)
        self.assertEqual(delivery.result["data"]["verdict"], "passed")
        self.assertEqual(self.lot.disposition, "released")

    def test_values_without_a_sample_number_hide_none_of_each_other(self):
        values = [{"characteristic": "VISC", "value": value} for value in (1480, 1000)]
        results = [*values, {"characteristic": "CLARITY", "conforming": True}]
        delivery = self.post(self.results(results=results))
        self.assertEqual(delivery.state, "done", delivery.last_error)
        rows = self.inspection.result_ids.filtered(lambda row: row.kind == "measured")
        self.assertEqual(rows.mapped("value"), [1480, 1000])
        self.assertEqual(self.lot.disposition, "quarantined")

    def test_one_sample_reported_twice_waits_for_a_person(self):
        for entries in (
            [{"characteristic": "VISC", "value": 1480, "sample": 1}] * 2,
            [{"characteristic": "CLARITY", "conforming": False}] * 2,
        ):
            with self.subTest(entries=entries):
                delivery = self.post(self.results(results=entries))
                self.assertEqual(delivery.state, "parked")
                self.assertIn("reported twice", delivery.last_error)

    def test_numbers_that_no_database_holds_wait_for_a_person(self):
        for entry in (
            {"characteristic": "VISC", "value": 1, "sample": 10**12},
            {"characteristic": "CLARITY", "nonconforming": 0, "inspected": 10**12},
            {"characteristic": "CLARITY", "conforming": True, "sample": 2**31},
        ):
            with self.subTest(entry=entry):
                delivery = self.post(self.results(results=[entry]))
                self.assertEqual(delivery.state, "parked", delivery.last_error)

    def test_clock_that_is_fast_keeps_no_correction_out(self):
        first = {"results": [{"characteristic": "VISC", "value": 1000}], "final": False}
        self.post(self.results(**first, measured_at="2099-01-01T00:00:00Z"))
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            now = fields.Datetime.now().isoformat() + "Z"
            self.post(self.results(1480, final=False, measured_at=now))
        row = self.inspection.result_ids.filtered(lambda one: one.kind == "measured")
        self.assertEqual(row.value, 1480)

    def test_results_that_name_two_lots_are_nobodys(self):
        other = self.receive_goods({"B": 5}).inspection_ids
        delivery = self.post(self.results(inspection=other.name))
        self.assertEqual(delivery.state, "parked")
        self.assertIn("of lot B, the results are of lot A", delivery.last_error)
        self.assertFalse(any(other.result_ids.mapped("is_entered")))

    def test_several_open_inspections_are_not_guessed_at(self):
        self.inspection.action_start()
        other = self.receive_goods({"A": 5}).inspection_ids
        delivery = self.post(self.results())
        self.assertEqual(delivery.state, "parked")
        self.assertIn(other.name, delivery.last_error)
        delivery = self.post(self.results(inspection=other.name))
        self.assertEqual((delivery.state, other.state), ("done", "passed"))

    def test_what_does_not_fit_the_plan_is_parked_and_changes_nothing(self):
        for entry in (
            {"characteristic": "PH", "value": 7},
            {"characteristic": "VISC", "value": 1, "unit": "Pa·s"},
            {"characteristic": "VISC", "conforming": True},
            {"characteristic": "CLARITY", "value": 1},
        ):
            with self.subTest(entry=entry):
                delivery = self.post(self.results(results=[entry]))
                self.assertEqual(delivery.state, "parked")
                self.assertEqual(
                    delivery.exception_id.kind_id.code,
                    "supplier_quality.result_mismatch",
                )
        self.assertFalse(any(self.inspection.result_ids.mapped("is_entered")))

    def test_unknown_item_and_lot_are_parked(self):
        for changes in ({"item": "NOPE"}, {"lot": "NOPE"}):
            with self.subTest(changes=changes):
                delivery = self.post(self.results(**changes))
                self.assertEqual(delivery.state, "parked")
                self.assertEqual(delivery.exception_id.external_code, "NOPE")

    def test_laboratories_hear_what_to_inspect_and_others_what_failed(self):
        self.subscribe("inspection.failed")
        self.post(self.results(1480))
        for code in (
            "inspection.requested",
            "nonconformance.opened",
            "inspection.failed",
        ):
            message = self.env["integration.message"].search(
                [("contract_code", "=", code)], limit=1
            )
            self.assertEqual(message.payload["lot"], "A")
            self.assertFalse(message.contract_id._find_payload_faults(message.payload))

    def test_samples_satisfy_their_contracts(self):
        contracts = self.env["integration.contract"].search(
            [("schema_file", "like", "supplier_quality/")]
        )
        self.assertGreater(len(contracts), 6)
        for contract in contracts:
            with self.subTest(contract=contract.code):
                self.assertFalse(contract._find_payload_faults(contract._get_sample()))
