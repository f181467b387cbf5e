from .common import QualityCase

CODE = "inspection.resulted"


class ResultsCase(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(CODE)
        cls.map("item", "4711-RES", cls.resin)

    def report(self, *, moisture=0.1, viscosity=1000, look=True, **members):
        return {
            "report": "LAB-1",
            "inspector": "M. Okafor",
            "measured_at": "2026-03-24T09:10:00Z",
            "results": [
                {"characteristic": "MOISTURE", "value": moisture, "unit": "%"},
                {"characteristic": "VISCOSITY", "value": viscosity, "unit": "mPa·s"},
                {"characteristic": "LOOK", "conform": look},
            ],
            **members,
        }

    def assertParked(self, message, kind):
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "parked", delivery.last_error)
        self.assertEqual(delivery.exception_id.kind_id.code, kind)


class TestResultsByMessage(ResultsCase):
    """A laboratory reports; verdict, lot and nonconformance follow by themselves."""

    def test_good_report_releases_the_lot(self):
        inspection = self.inspection()
        message = self.receive(CODE, self.report(inspection=inspection.name))
        self.assertEqual(message.delivery_ids.state, "done")
        self.assertEqual(message.delivery_ids.res_id, inspection.id)
        self.assertEqual(inspection.state, "passed")
        self.assertEqual(inspection.lot_id.disposition, "released")
        self.assertEqual(inspection.decided_by_id, self.system.user_id)

    def test_result_says_where_it_comes_from(self):
        inspection = self.inspection()
        message = self.receive(CODE, self.report(inspection=inspection.name))
        row = inspection.result_ids[0]
        self.assertEqual(
            (row.source, row.message_uuid, row.inspector),
            ("message", message.uuid, "M. Okafor"),
        )
        self.assertEqual(str(row.measured_at), "2026-03-24 09:10:00")

    def test_bad_report_quarantines_and_names_the_value(self):
        inspection = self.inspection()
        self.receive(CODE, self.report(inspection=inspection.name, viscosity=1480))
        self.assertEqual(inspection.state, "failed")
        self.assertEqual(inspection.lot_id.disposition, "quarantined")
        self.assertIn("Viscosity 1480 mPa·s", inspection.lot_id.disposition_reason)
        self.assertEqual(inspection.nonconformance_ids.defect_code, "VISCOSITY")

    def test_item_and_lot_find_the_inspection(self):
        inspection = self.inspection()
        self.receive(CODE, self.report(item="4711-RES", lot="R-1"))
        self.assertEqual(inspection.state, "passed")

    def test_two_lots_are_decided_apart(self):
        picking = self.receive_lots(**{"R-1": 60, "R-2": 40})
        self.receive(CODE, self.report(item="4711-RES", lot="R-1"))
        self.receive(CODE, self.report(item="4711-RES", lot="R-2", look=False))
        self.assertEqual(self.lot("R-1").disposition, "released")
        self.assertEqual(self.lot("R-2").disposition, "quarantined")
        self.assertEqual(picking.nonconformance_ids.lot_id.name, "R-2")
        self.assertEqual(picking.inspection_state, "failed")

    def test_same_report_again_changes_nothing(self):
        inspection = self.inspection()
        report = self.report(inspection=inspection.name, viscosity=1480)
        self.receive(CODE, report)
        again = self.receive(CODE, report)
        self.assertEqual(again.delivery_ids.state, "ignored")
        self.assertEqual(len(inspection.nonconformance_ids), 1)
        self.assertEqual(len(inspection.result_ids), 3)

    def test_other_results_after_the_verdict_are_parked(self):
        inspection = self.inspection()
        self.receive(CODE, self.report(inspection=inspection.name))
        late = self.report(
            inspection=inspection.name,
            viscosity=1480,
            measured_at="2026-03-25T09:10:00Z",
        )
        self.assertParked(
            self.receive(CODE, late), "supplier_quality.inspection_decided"
        )
        self.assertEqual(inspection.lot_id.disposition, "released")

    def test_reports_in_parts_decide_when_complete(self):
        inspection = self.inspection()
        results = self.report()["results"]
        for place, line in enumerate(results):
            self.assertEqual(inspection.state, "in_progress" if place else "draft")
            self.receive(CODE, {"inspection": inspection.name, "results": [line]})
        self.assertEqual(inspection.state, "passed")

    def test_failing_part_waits_for_the_rest_when_told_so(self):
        inspection = self.inspection()
        results = self.report(viscosity=1480, look=False)["results"]
        part = {"inspection": inspection.name, "final": False, "results": results[:2]}
        self.receive(CODE, part)
        self.assertEqual(inspection.state, "in_progress")
        self.receive(CODE, {"inspection": inspection.name, "results": results[2:]})
        self.assertEqual(inspection.nonconformance_ids.defect_code, "VISCOSITY, LOOK")

    def test_failing_final_report_decides_though_results_are_missing(self):
        inspection = self.inspection()
        results = self.report(viscosity=1480)["results"][:2]
        self.receive(CODE, {"inspection": inspection.name, "results": results})
        self.assertEqual(inspection.state, "failed")

    def test_overtaken_result_does_not_replace_a_newer_one(self):
        inspection = self.inspection()

        def send(value, moment):
            line = {"characteristic": "MOISTURE", "value": value, "unit": "%"}
            return self.receive(
                CODE,
                {
                    "inspection": inspection.name,
                    "measured_at": moment,
                    "final": False,
                    "results": [line],
                },
            )

        send(0.11, "2026-03-24T10:00:00Z")
        old = send(0.55, "2026-03-24T09:00:00Z")
        self.assertEqual(old.delivery_ids.state, "ignored")
        send(0.12, "2026-03-24T11:00:00Z")
        self.assertEqual(inspection.result_ids.value, 0.12)
        self.assertIn("0.11", str(inspection.message_ids.mapped("body")))


class TestResultsRefused(ResultsCase):
    """What does not fit is parked whole: nothing of it is recorded."""

    def assertUntouched(self, inspection):
        self.assertEqual(inspection.state, "draft")
        self.assertFalse(inspection.result_ids)
        self.assertEqual(inspection.lot_id.disposition, "pending")

    def test_unknown_item_and_lot_are_unmapped_and_go_on_once_mapped(self):
        inspection = self.inspection()
        message = self.receive(CODE, self.report(item="NEW", lot="SUP-LOT-9"))
        self.assertParked(message, "integration_core.unmapped_code")
        self.map("item", "NEW", self.resin)
        self.work_off(message.delivery_ids)
        self.assertParked(message, "integration_core.unmapped_code")
        self.map("lot", "SUP-LOT-9", inspection.lot_id)
        self.work_off(message.delivery_ids)
        self.assertEqual(message.delivery_ids.state, "done")
        self.assertEqual(inspection.state, "passed")

    def test_unknown_number_is_parked(self):
        message = self.receive(CODE, self.report(inspection="QI/1999/1"))
        self.assertParked(message, "supplier_quality.no_inspection")

    def test_lot_that_nobody_asked_about_is_parked(self):
        self.env["stock.lot"].create({"name": "R-9", "product_id": self.resin.id})
        message = self.receive(CODE, self.report(item="4711-RES", lot="R-9"))
        self.assertParked(message, "supplier_quality.no_inspection")

    def test_several_open_inspections_of_a_lot_must_be_named(self):
        first = self.inspection(**{"R-1": 30})
        first.with_user(self.inspector).action_start()
        self.inspection(**{"R-1": 70})
        message = self.receive(CODE, self.report(item="4711-RES", lot="R-1"))
        self.assertParked(message, "supplier_quality.no_inspection")

    def test_unknown_characteristic_is_parked(self):
        inspection = self.inspection()
        report = self.report(inspection=inspection.name)
        report["results"].append({"characteristic": "PH", "value": 7.0})
        message = self.receive(CODE, report)
        self.assertParked(message, "supplier_quality.unknown_characteristic")
        self.assertUntouched(inspection)

    def test_what_does_not_fit_is_parked(self):
        inspection = self.inspection()
        cases = {
            "other unit": {"characteristic": "VISCOSITY", "value": 1, "unit": "Pa·s"},
            "no unit": {"characteristic": "VISCOSITY", "value": 1000},
            "flag for a value": {"characteristic": "VISCOSITY", "conform": True},
            "value for a flag": {"characteristic": "LOOK", "value": 1},
            "sample beyond": {"characteristic": "LOOK", "sample": 2, "conform": True},
        }
        for name, line in cases.items():
            with self.subTest(name):
                message = self.receive(
                    CODE, {"inspection": inspection.name, "results": [line]}
                )
                self.assertParked(message, "supplier_quality.result_mismatch")
                self.assertUntouched(inspection)

    def test_two_results_for_one_sample_are_parked(self):
        inspection = self.inspection()
        line = {"characteristic": "LOOK", "conform": True}
        message = self.receive(
            CODE,
            {
                "inspection": inspection.name,
                "results": [line, dict(line, conform=False)],
            },
        )
        self.assertParked(message, "supplier_quality.result_mismatch")
        self.assertUntouched(inspection)

    def test_number_with_another_lot_beside_it_is_parked(self):
        inspection = self.inspection()
        message = self.receive(CODE, self.report(inspection=inspection.name, lot="R-2"))
        self.assertParked(message, "supplier_quality.result_mismatch")
        self.assertUntouched(inspection)

    def test_inspection_of_another_company_is_not_found(self):
        inspection = self.inspection()
        other = self.env["res.company"].create({"name": "Other plant"})
        system = self.env["integration.system"].create(
            {
                "name": "Other lab",
                "code": "other-lab",
                "state": "active",
                "company_id": other.id,
            }
        )
        self.grant(CODE, system=system)
        message = self.receive(
            CODE, self.report(inspection=inspection.name), system=system
        )
        self.assertParked(message, "supplier_quality.no_inspection")
        self.assertUntouched(inspection)
