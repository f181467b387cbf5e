from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form

from .common import QualityCase


class TestVerdict(QualityCase):
    """Results make the verdict, and the verdict decides the lot."""

    def test_passed_inspection_releases_the_lot(self):
        inspection = self.enter(self.inspection())
        self.assertEqual(inspection.verdict, "passed")
        inspection.action_conclude()
        self.assertEqual(inspection.state, "passed")
        self.assertEqual(inspection.lot_id.disposition, "released")
        self.assertEqual(inspection.decided_by_id, self.inspector)
        self.assertEqual(self.ship(inspection.sudo().lot_id).state, "done")

    def test_release_is_on_the_ledger_with_its_inspection(self):
        inspection = self.enter(self.inspection())
        inspection.action_conclude()
        entry = inspection.lot_id.disposition_entry_ids.sorted("id")[-1]
        self.assertEqual(
            (entry.from_status, entry.to_status, entry.path, entry.res_id),
            ("pending", "released", "inspection", inspection.id),
        )
        self.assertEqual(entry.user_id, self.inspector)

    def test_failed_inspection_quarantines_and_opens_a_nonconformance(self):
        inspection = self.enter(self.inspection(**{"R-1": 48}), viscosity=1480)
        inspection.action_conclude()
        lot = inspection.lot_id
        self.assertEqual((inspection.state, lot.disposition), ("failed", "quarantined"))
        for reason in (
            lot.disposition_reason,
            inspection.nonconformance_ids.description,
        ):
            self.assertIn("Viscosity 1480 mPa·s, required 900 to 1200 mPa·s", reason)
        found = inspection.nonconformance_ids
        self.assertEqual(found.lot_id, lot)
        self.assertEqual(found.partner_id, self.supplier)
        self.assertEqual(found.picking_id, inspection.picking_id)
        self.assertEqual((found.quantity, found.state), (48, "open"))
        self.assertEqual(found.defect_code, "VISCOSITY")

    def test_every_failing_value_is_named(self):
        inspection = self.enter(
            self.inspection(), moisture=0.31, viscosity=1480, look="fail"
        )
        inspection.action_conclude()
        found = inspection.nonconformance_ids
        self.assertEqual(found.defect_code, "MOISTURE, VISCOSITY, LOOK")
        for phrase in ("Moisture 0.31 %", "Viscosity 1480", "Appearance failed"):
            self.assertIn(phrase, found.description)

    def test_missing_results_are_no_verdict(self):
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        inspection.result_ids[0].value = 0.1
        self.assertEqual(inspection.verdict, "open")
        with self.assertRaisesRegex(UserError, r"Viscosity \(1\), Appearance \(1\)"):
            inspection.action_conclude()
        self.assertEqual(inspection.lot_id.disposition, "pending")

    def test_zero_is_a_result_and_no_entry_is_none(self):
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        row = inspection.result_ids[0]
        self.assertEqual(row.conformity, "open")
        row.value_entry = "0"
        self.assertEqual((row.conformity, row.value_entry), ("conform", "0.00"))
        row.value_entry = ""
        self.assertEqual((row.conformity, row.value_entry), ("open", False))

    def test_entry_follows_the_language_and_refuses_a_guess(self):
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        row = inspection.result_ids[1]
        row.value_entry = "1,111.5"
        self.assertEqual(row.value, 1111.5)
        for text in ("11,1", "about 900", "1e3", "nan"):
            with self.subTest(text=text), self.assertRaises(UserError):
                row.value_entry = text

    def test_value_is_shown_as_it_was_judged(self):
        inspection = self.enter(self.inspection(), moisture=0.2004)
        self.assertEqual(inspection.result_ids[0].conformity, "nonconform")
        self.assertEqual(inspection.result_ids[0].value_entry, "0.2004")

    def test_every_sample_counts(self):
        self.plan.sample_size = 3
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        self.assertEqual(len(inspection.result_ids), 9)
        self.enter(inspection)
        bad = inspection.result_ids.filtered(
            lambda row: (
                row.characteristic_id == self.viscosity and row.sample_number == 3
            )
        )
        bad.value = 100
        inspection.action_conclude()
        self.assertEqual(inspection.state, "failed")
        self.assertIn("(sample 3)", inspection.lot_id.disposition_reason)

    def test_pieces_are_inspected_one_by_one_at_100_percent(self):
        pump = self.make_product("Pump", uom_id=self.env.ref("uom.product_uom_unit").id)
        self.make_plan(name="Pump", product_id=pump.id, sampling="all")
        picking = self.receive_lots(product=pump, **{"P-1": 4})
        self.assertEqual(picking.inspection_ids.sample_size, 4)

    def test_decided_inspection_stays_as_it_is(self):
        inspection = self.enter(self.inspection())
        inspection.action_conclude()
        row = inspection.result_ids[0]
        for change in (
            lambda: row.write({"value": 9}),
            row.unlink,
            inspection.action_conclude,
            inspection.action_start,
            lambda: inspection.write({"quantity": 3}),
            inspection.with_user(self.manager).action_cancel,
        ):
            with self.assertRaises(UserError):
                change()

    def test_lot_waits_for_its_last_inspection(self):
        first = self.inspection(**{"R-1": 30})
        first.with_user(self.inspector).action_start()
        second = self.inspection(**{"R-1": 70})
        self.enter(first).action_conclude()
        self.assertEqual(first.lot_id.disposition, "pending")
        self.enter(second).action_conclude()
        self.assertEqual(first.lot_id.disposition, "released")

    def test_pass_does_not_lift_what_somebody_else_placed(self):
        inspection = self.enter(self.inspection())
        inspection.lot_id.sudo()._set_disposition("quarantined", "Recall by supplier")
        inspection.action_conclude()
        self.assertEqual(inspection.state, "passed")
        self.assertEqual(inspection.lot_id.disposition, "quarantined")
        self.assertEqual(inspection.lot_id.disposition_reason, "Recall by supplier")

    def test_fail_does_not_soften_a_rejection(self):
        inspection = self.enter(self.inspection(), look="fail")
        inspection.lot_id.sudo()._set_disposition("rejected", "Burnt")
        inspection.action_conclude()
        self.assertEqual(inspection.lot_id.disposition, "rejected")

    def test_cancelled_inspection_leaves_the_lot_on_hold(self):
        inspection = self.inspection().with_user(self.manager)
        inspection.action_cancel()
        self.assertEqual(inspection.state, "cancelled")
        self.assertEqual(inspection.lot_id.disposition, "pending")

    def test_result_belongs_to_the_plan(self):
        other = self.make_plan(name="Other", categ_id=self.category.id)
        inspection = self.inspection()
        with self.assertRaises(ValidationError):
            self.env["quality.inspection.result"].create(
                {
                    "inspection_id": inspection.id,
                    "characteristic_id": other.characteristic_ids[0].id,
                }
            )

    def test_form_takes_results_as_an_inspector_types_them(self):
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        with Form(inspection) as form:
            for place, entry in enumerate(("0.12", "1,050")):
                with form.result_ids.edit(place) as row:
                    row.value_entry = entry
            with form.result_ids.edit(2) as row:
                row.outcome = "pass"
        self.assertEqual(inspection.verdict, "passed")
        self.assertEqual(inspection.result_ids.mapped("value")[:2], [0.12, 1050])

    def test_extra_check_by_hand_stops_a_released_lot_when_it_fails(self):
        first = self.enter(self.inspection())
        first.action_conclude()
        extra = (
            self.env["quality.inspection"]
            .with_user(self.inspector)
            .create(
                {"plan_id": self.plan.id, "lot_id": first.lot_id.id, "quantity": 100}
            )
        )
        self.assertEqual(first.lot_id.disposition, "released")
        self.enter(extra, look="fail").action_conclude()
        self.assertEqual(first.lot_id.disposition, "quarantined")
