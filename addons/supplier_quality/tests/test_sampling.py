from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import QualityCase


class TestSampling(QualityCase):
    """How much is looked at follows from the plan and from the supplier's history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pieces = cls.env["product.product"].create(
            {"name": "Bolt", "is_storable": True, "tracking": "lot"}
        )
        cls.aql_plan = cls.env["quality.inspection.plan"].create(
            {
                "name": "Incoming bolts",
                "product_id": cls.pieces.id,
                "sampling": "aql",
                "level": "II",
                "aql": "2.5",
                "characteristic_ids": [
                    Command.create(
                        {"code": "HEAD", "name": "Head", "kind": "attributive"}
                    )
                ],
            }
        )
        cls.counter_of_lots = iter(range(1, 1000))

    def receive_bolts(self, quantity=400):
        name = f"B{next(self.counter_of_lots)}"
        picking = self.receive_goods({name: quantity}, product=self.pieces)
        return picking.inspection_ids

    def decide(self, inspection, nonconforming=0):
        inspection._enter_results(
            [{"characteristic": "HEAD", "nonconforming": nonconforming}], source="Test"
        )
        inspection.action_decide()
        return inspection.state

    def test_numbers_are_those_of_the_standard(self):
        inspection = self.receive_bolts(400)
        numbers = inspection.mapped(
            lambda i: (i.letter, i.sample_size, i.acceptance, i.rejection)
        )
        self.assertEqual(numbers, [("H", 50, 3, 4)])
        row = inspection.result_ids
        self.assertEqual((len(row), row.sample_count), (1, 50))

    def test_acceptance_number_decides(self):
        self.assertEqual(self.decide(self.receive_bolts(), 3), "passed")
        rejected = self.receive_bolts()
        self.assertEqual(self.decide(rejected, 4), "failed")
        self.assertIn("4 of 50", rejected.nonconformance_ids.description)

    def test_small_lot_is_inspected_as_a_whole(self):
        inspection = self.receive_bolts(4)
        self.assertEqual((inspection.sample_size, inspection.is_full), (4, True))

    def test_two_of_five_tighten_and_five_good_ones_restore(self):
        for bad in (9, 0, 9):
            self.decide(self.receive_bolts(), bad)
        inspection = self.receive_bolts()
        self.assertEqual((inspection.severity, inspection.acceptance), ("tightened", 2))
        self.decide(inspection)
        for _number in range(4):
            self.decide(self.receive_bolts())
        self.assertEqual(self.receive_bolts().severity, "normal")

    def test_good_history_reduces(self):
        for _number in range(10):
            self.decide(self.receive_bolts())
        inspection = self.receive_bolts()
        self.assertEqual((inspection.severity, inspection.sample_size), ("reduced", 20))
        self.aql_plan.may_reduce = False
        self.assertEqual(self.receive_bolts().severity, "normal")

    def test_discontinued_until_the_manager_resumes(self):
        for _number in range(7):
            self.decide(self.receive_bolts(), 9)
        entry = self.env["quality.sampling.entry"].search([], limit=1)
        self.assertEqual(entry.procedure, "discontinued")
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        with self.assertRaises(AccessError):
            entry.with_user(inspector).action_resume()
        entry.action_resume()
        latest = self.env["quality.sampling.entry"].search([], limit=1)
        self.assertEqual(latest.procedure, "tightened")

    def test_history_is_per_supplier(self):
        for _number in range(2):
            self.decide(self.receive_bolts(), 9)
        self.supplier = self.env["res.partner"].create({"name": "Other"})
        self.assertEqual(self.receive_bolts().severity, "normal")

    def test_switching_goes_on_in_the_next_version_of_the_plan(self):
        for _number in range(2):
            self.decide(self.receive_bolts(), 9)
        self.aql_plan.action_new_version()
        inspection = self.receive_bolts()
        self.assertEqual(inspection.plan_id.version, 2)
        self.assertEqual(inspection.severity, "tightened")

    def test_skip_lot_lets_lots_through_and_says_so(self):
        self.aql_plan.write({"skip_every": 3, "skip_after": 2})
        for _number in range(2):
            self.decide(self.receive_bolts())
        states = []
        for _number in range(3):
            inspection = self.receive_bolts()
            states.append((inspection.state, inspection.lot_id.disposition))
        self.assertEqual(states, [("skipped", "released")] * 2 + [("draft", "pending")])
        self.decide(inspection, 9)
        self.assertEqual(self.receive_bolts().state, "draft")

    def test_used_plan_is_not_edited_but_replaced(self):
        self.decide(self.receive_bolts())
        with self.assertRaisesRegex(UserError, "New version"):
            self.aql_plan.aql = "6.5"
        with self.assertRaisesRegex(UserError, "New version"):
            self.aql_plan.characteristic_ids.severity = "critical"
        self.aql_plan.action_new_version()
        self.assertFalse(self.aql_plan.active)
        follower = self.receive_bolts().plan_id
        follower.aql = "6.5"
        self.assertEqual(follower.origin_id, self.aql_plan)

    def test_critical_characteristic_forgives_nothing(self):
        self.aql_plan.characteristic_ids.severity = "critical"
        self.assertEqual(self.decide(self.receive_bolts(), 1), "failed")

    def test_ledger_is_append_only(self):
        self.decide(self.receive_bolts())
        with self.assertRaises(UserError):
            self.env["quality.sampling.entry"].search([]).accepted = False

    def test_goods_inspected_again_say_nothing_about_the_next_lot(self):
        inspection = self.receive_bolts()
        self.decide(inspection, 9)
        line = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": inspection.nonconformance_ids.id,
                "decision": "sort",
                "quantity": 400,
            }
        )
        line.action_execute()
        self.decide(line.inspection_id)
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        again = self.env["quality.inspection"].with_user(inspector)
        again = again.create(
            {
                "plan_id": self.aql_plan.id,
                "lot_id": inspection.lot_id.id,
                "partner_id": self.supplier.id,
                "quantity": 400,
            }
        )
        self.decide(again)
        entries = self.env["quality.sampling.entry"].search(
            [("product_id", "=", self.pieces.id)]
        )
        self.assertEqual(entries.mapped("inspection_id"), inspection)

    def test_on_demand_counts_once_under_a_plan_of_its_own(self):
        lot = self.receive_bolts().lot_id
        plan = self.aql_plan.copy({"name": "Audit", "operation": "demand"})
        for _number in range(2):
            vals = {"plan_id": plan.id, "lot_id": lot.id, "quantity": 400}
            self.decide(self.env["quality.inspection"].create(vals))
        entries = self.env["quality.sampling.entry"].search([("plan_id", "=", plan.id)])
        self.assertEqual(len(entries), 1)

    def test_above_ten_nonconformities_are_counted_and_not_items(self):
        """ISO 2859-1: an AQL of 400 accepts 21 nonconformities in three items."""
        self.aql_plan.aql = "400"
        for count, state in ((21, "passed"), (22, "failed")):
            inspection = self.receive_bolts(10)
            self.assertEqual((inspection.sample_size, inspection.acceptance), (3, 21))
            self.assertEqual(self.decide(inspection, count), state)
        self.aql_plan.action_new_version()
        plan = self.receive_bolts(10).plan_id
        plan.aql = "10"
        entry = {"characteristic": "HEAD", "nonconforming": 30}
        self.assertIn("cannot have", self.receive_bolts(10)._find_mismatch(entry))

    def test_nobody_inspects_goods_by_the_plan_of_others(self):
        lot = self.receive_bolts().lot_id
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        Inspection = self.env["quality.inspection"].with_user(inspector)
        vals = {"plan_id": self.aql_plan.id, "lot_id": lot.id, "quantity": 5}
        for change in ({"plan_id": self.plan.id}, {"product_id": self.product.id}):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, "not inspect"):
                Inspection.create({**vals, **change})

    def test_whose_goods_were_inspected_stays(self):
        inspection = self.receive_bolts()
        other = self.env["res.partner"].create({"name": "Other"})
        inspector = new_test_user(
            self.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )
        with self.assertRaisesRegex(UserError, "these stay"):
            inspection.with_user(inspector).partner_id = other
