import base64
from datetime import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import QualityCase


class TestEntry(QualityCase):
    def setUp(self):
        super().setUp()
        self.inspection = self.receive_goods({"A": 5}).inspection_ids

    def import_file(self, text, **values):
        wizard = self.env["quality.result.import"].create(
            {
                "document": base64.b64encode(text.encode()),
                "document_name": "lab.csv",
                **values,
            }
        )
        return wizard.action_import()

    def test_file_decides_what_is_complete(self):
        self.import_file(
            "lot;characteristic;value;unit;conforming\n"
            "A;VISC;1000;mPa·s;\nA;CLARITY;;;pass\n"
        )
        self.assertEqual(self.inspection.state, "passed")
        self.assertEqual(set(self.inspection.result_ids.mapped("source")), {"lab.csv"})

    def test_file_with_one_bad_row_changes_nothing_and_names_it(self):
        for row, why in (
            ("A,PH,7,", "no characteristic"),
            ("B,VISC,1000,", "open inspections"),
            ("A,VISC,lots,", "not a number"),
            ("A,CLARITY,,maybe", "neither pass nor fail"),
        ):
            with (
                self.subTest(row=row),
                self.assertRaisesRegex(UserError, f"Row 3.*{why}"),
            ):
                self.import_file(
                    f"lot,characteristic,value,conforming\nA,VISC,1000,\n{row}\n"
                )
            self.assertFalse(any(self.inspection.result_ids.mapped("is_entered")))

    def test_file_without_columns_says_which(self):
        with self.assertRaisesRegex(UserError, "characteristic"):
            self.import_file("1,2,3\n")

    def test_all_good_leaves_the_measured_ones(self):
        self.inspection.action_enter_all_conforming()
        self.assertEqual(
            self.inspection.result_ids.filtered("is_entered").kind, "attributive"
        )
        self.assertEqual(self.inspection.state, "in_progress")

    def test_samples_are_counted_or_numbered(self):
        self.plan.sample_size = 3
        inspection = self.receive_goods({"B": 5}).inspection_ids
        rows = inspection.result_ids.filtered(lambda r: r.kind == "attributive")
        self.assertEqual(rows.mapped("sample_count"), [3])
        inspection._enter_results(
            [
                {"characteristic": "CLARITY", "sample": number, "conforming": True}
                for number in (2, 1, 3)
            ],
            source="Lab",
        )
        rows = inspection.result_ids.filtered(lambda r: r.kind == "attributive")
        self.assertEqual(rows.mapped("sample_count"), [1, 1, 1])
        self.assertEqual(inspection._judge().missing, ("Viscosity",))

    def test_owner_of_the_results_enters_them(self):
        self.plan.system_id = self.system
        inspector = self.env["res.users"].create(
            {
                "name": "I",
                "login": "i",
                "group_ids": [
                    (
                        4,
                        self.env.ref(
                            "lot_disposition.lot_disposition_group_inspector"
                        ).id,
                    )
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "system of record"):
            self.inspection.with_user(inspector).result_ids[0].value = 5

    def test_what_the_owner_reported_is_not_taken_away_by_others(self):
        self.plan.system_id = self.system
        self.inspection._enter_results([{"characteristic": "VISC", "value": 1480}], source="L")
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        row = self.inspection.result_ids.filtered("is_entered").with_user(inspector)
        other = (self.inspection.result_ids - row).with_user(inspector)
        for action in (
            lambda: row.write({"is_entered": False}),
            lambda: row.write({"sample_number": 7}),
            row.unlink,
            lambda: other.with_context(quality_results_by_message=True).write(
                {"judgement": "pass"}
            ),
        ):
            with self.assertRaisesRegex(UserError, "system of record"):
                action()

    def test_result_that_is_changed_or_deleted_leaves_what_it_was(self):
        row = self.inspection.result_ids.filtered(lambda one: one.kind == "measured")
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        row.with_user(inspector).value = 1480
        self.assertNotIn("→", self.inspection.message_ids[0].body)
        row.with_user(inspector).value = 1000
        note = self.inspection.message_ids[0]
        self.assertIn("Viscosity, sample 1: 1480 mPa·s → 1000 mPa·s", note.body)
        self.assertEqual(note.author_id, inspector.partner_id)
        row.with_user(inspector).unlink()
        self.assertIn("1000 mPa·s → –", self.inspection.message_ids[0].body)

    def test_limits_are_numbers(self):
        with self.assertRaisesRegex(UserError, "no numbers"):
            self.plan.characteristic_ids[0].minimum = float("nan")

    def test_no_number_passes_no_limit(self):
        self.plan.characteristic_ids[0].has_maximum = False
        row = self.inspection.result_ids.filtered(lambda one: one.kind == "measured")
        for value in (float("nan"), float("inf"), None, True):
            with self.subTest(value=value), self.assertRaisesRegex(UserError, "a value"):
                self.inspection.bench_save([{"id": row.id, "value": value}], False)
        with self.assertRaisesRegex(UserError, "too large"):
            self.import_file(f"lot,characteristic,value\nA,VISC,{'9' * 400}\n")
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            row.value = float("inf")

    def test_file_numbers_values_or_names_each_sample_once(self):
        self.import_file("lot,characteristic,value\nA,VISC,1000\nA,VISC,1480\n", decide=False)
        rows = self.inspection.result_ids.filtered(lambda one: one.kind == "measured")
        self.assertEqual(rows.mapped("value"), [1000, 1480])
        with self.assertRaisesRegex(UserError, "reported twice"):
            self.import_file("lot,characteristic,value,sample\nA,VISC,9,1\nA,VISC,1000,1\n")

    def test_findings_say_the_value_to_its_last_digit(self):
        self.enter(self.inspection, 1200.0004)
        self.inspection.action_decide()
        self.assertIn("1200.0004", self.inspection.findings)

    def test_run_chart_is_in_one_unit_and_in_the_order_of_measuring(self):
        first = self.plan.characteristic_ids[0]
        inspections = [self.receive_goods({name: 5}).inspection_ids for name in "CDE"]
        for day, place, value in ((1, 2, 900), (2, 0, 1000), (3, 1, 1100)):
            inspections[place]._enter_results(
                [{"characteristic": "VISC", "value": value}],
                source="Lab",
                measured_at=datetime(2026, 3, day),
            )
        self.assertEqual(self.read_chart(first), [900, 1000, 1100])
        action = self.plan.action_new_version()
        plan = self.plan.browse(action["res_id"])
        second = plan.characteristic_ids[0]
        second.write({"unit": "Pa·s", "minimum": 0.8, "maximum": 1.2})
        self.enter(self.receive_goods({"F": 5}).inspection_ids, 1.1)
        self.assertEqual(self.read_chart(second), [1.1])

    def read_chart(self, characteristic):
        return [point["value"] for point in characteristic.run_chart["points"]]

    def test_run_chart_over_lots(self):
        for name, value in (("C", 900), ("D", 1100), ("E", 1000)):
            inspection = self.receive_goods({name: 5}).inspection_ids
            self.enter(inspection, value)
            inspection.action_decide()
        chart = self.plan.characteristic_ids[0].run_chart
        self.assertEqual(
            [point["value"] for point in chart["points"]], [900, 1100, 1000]
        )
        self.assertAlmostEqual(chart["mean"], 1000)
        self.assertGreater(chart["cpk"], 0)
        self.assertIn("C", chart["points"][0]["label"])

    def test_bench_finds_by_lot_enters_and_decides(self):
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        Inspection = self.env["quality.inspection"].with_user(inspector)
        with self.assertRaisesRegex(UserError, "0 open inspections"):
            Inspection.bench_find("NOPE")
        data = Inspection.bench_find(" A ")
        rows = [
            {"id": row["id"], "value": 1000}
            if row["kind"] == "measured"
            else {"id": row["id"], "nonconforming": 0}
            for row in data["rows"]
        ]
        outcome = Inspection.browse(data["id"]).bench_save(rows, True)
        self.assertEqual(
            (outcome["state"], outcome["disposition"]), ("passed", "released")
        )
        other = self.receive_goods({"B": 5}).inspection_ids.with_user(inspector)
        other.bench_save(rows, False)
        self.assertFalse(any(other.result_ids.mapped("is_entered")))
