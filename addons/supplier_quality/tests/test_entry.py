import base64

from odoo.exceptions import UserError
from odoo.tests import new_test_user

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
