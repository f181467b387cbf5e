from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import StockIntegrationCase


class TestReconciliation(StockIntegrationCase):
    """By night the snapshot is compared with Odoo's stock as it was then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("stock.snapshot")
        cls.Discrepancies = cls.env["integration.discrepancy"]
        cls.now = fields.Datetime.now()

    def setUp(self):
        super().setUp()
        self.add_stock(self.steel, self.rack, 120, lot=self.heat)
        self.add_stock(self.gloves, self.dock, 60)

    def snapshot(self, name, *, steel=120, gloves=60, minutes=1, **values):
        """Let the warehouse system report; returns the run."""
        as_of = self.now + timedelta(minutes=minutes)
        message = self.receive(
            "stock.snapshot",
            {
                "snapshot_id": name,
                "as_of": as_of.isoformat() + "Z",
                "lines": [
                    {
                        "item": "STEEL",
                        "lot": "H-1",
                        "location": "RACK-A",
                        "quantity": steel,
                        "unit": "KGM",
                    },
                    {
                        "item": "GLOVES",
                        "location": "DOCK-1",
                        "quantity": gloves,
                        "unit": "PCE",
                    },
                ],
                **values,
            },
        )
        self.assertEqual(
            message.delivery_ids.state, "done", message.delivery_ids.last_error
        )
        return self.env["integration.reconciliation"].browse(
            message.delivery_ids.res_id
        )

    def reconcile(self, run):
        run.action_reconcile()
        return self.Discrepancies.search(
            [("system_id", "=", self.system.id), ("state", "in", ("open", "approved"))]
        )

    def test_everything_agrees(self):
        run = self.snapshot("A")
        self.assertFalse(self.reconcile(run))
        self.assertRecordValues(
            run,
            [
                {
                    "state": "done",
                    "theirs_count": 2,
                    "ours_count": 2,
                    "equal_count": 2,
                    "discrepancy_count": 0,
                }
            ],
        )

    def test_exactly_the_planted_difference_is_found(self):
        run = self.snapshot("A", steel=112)
        found = self.reconcile(run)
        self.assertRecordValues(
            found,
            [
                {
                    "run_id": run.id,
                    "ours": 120,
                    "theirs": 112,
                    "difference": 8,
                    "state": "open",
                    "product_id": self.steel.id,
                    "lot_id": self.heat.id,
                    "location_id": self.rack.id,
                    "seen_count": 1,
                    "scope": "PLT",
                    "company_id": self.system.company_id.id,
                }
            ],
        )
        self.assertIn("Steel · H-1 · ", found.name)
        self.assertEqual(run.discrepancy_count, 1)
        self.assertEqual(run.equal_count, 1)

    def test_what_only_one_side_has(self):
        self.add_stock(self.gloves, self.rack, 3)
        run = self.snapshot(
            "A",
            lines=[
                {"item": "GLOVES", "location": "DOCK-1", "quantity": 60, "unit": "PCE"},
                {
                    "item": "STEEL",
                    "lot": "H-1",
                    "location": "DOCK-1",
                    "quantity": 1,
                    "unit": "KGM",
                },
            ],
        )
        found = self.reconcile(run)
        self.assertEqual(
            {(d.product_id, d.location_id): (d.ours, d.theirs) for d in found},
            {
                (self.gloves, self.rack): (3, 0),
                (self.steel, self.rack): (120, 0),
                (self.steel, self.dock): (0, 1),
            },
        )

    def test_lines_of_the_same_place_add_up(self):
        run = self.snapshot(
            "A",
            lines=[
                {"item": "GLOVES", "location": "DOCK-1", "quantity": 1, "unit": "BX"},
                {"item": "GLOVES", "location": "DOCK-1", "quantity": 10, "unit": "PCE"},
                {
                    "item": "STEEL",
                    "lot": "H-1",
                    "location": "RACK-A",
                    "quantity": 120,
                    "unit": "KGM",
                },
            ],
        )
        self.assertFalse(self.reconcile(run))

    def test_tolerance(self):
        domain = self.env.ref("integration_stock.reconciliation_domain_stock")
        domain.tolerance = 0.5
        self.assertFalse(self.reconcile(self.snapshot("A", steel=119.5)))
        found = self.reconcile(self.snapshot("B", steel=119.4, minutes=2))
        self.assertAlmostEqual(found.difference, 0.6)
        self.assertEqual(found.run_id.tolerance, 0.5)

    def test_stock_is_compared_as_of_the_snapshot(self):
        run = self.snapshot("A")
        customers = self.env.ref("stock.stock_location_customers")
        later = self.now + timedelta(minutes=5)
        self.move(self.steel, self.rack, customers, 20, lot=self.heat, date=later)
        self.move(self.gloves, self.dock, self.rack, 7, date=later)
        self.assertFalse(self.reconcile(run), "moves after the snapshot do not count")
        run = self.snapshot("B", steel=120, minutes=10)
        self.assertEqual(
            {(d.product_id, d.location_id, d.difference) for d in self.reconcile(run)},
            {
                (self.steel, self.rack, -20),
                (self.gloves, self.dock, -7),
                (self.gloves, self.rack, 7),
            },
        )

    def test_places_the_system_has_no_code_for_are_not_its_own(self):
        self.add_stock(self.gloves, self._create_location("Shop floor"), 11)
        self.assertFalse(self.reconcile(self.snapshot("A")))

    def test_a_difference_stays_one_record_over_the_nights(self):
        first = self.reconcile(self.snapshot("A", steel=112))
        second = self.reconcile(self.snapshot("B", steel=110, minutes=60))
        self.assertEqual(first, second)
        self.assertRecordValues(
            second,
            [
                {
                    "seen_count": 2,
                    "previous_difference": 8,
                    "difference": 10,
                    "first_seen_at": self.now + timedelta(minutes=1),
                    "last_seen_at": self.now + timedelta(minutes=60),
                }
            ],
        )

    def test_what_is_gone_is_corrected(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        run = self.snapshot("B", minutes=60)
        self.assertFalse(self.reconcile(run))
        self.assertEqual(found.state, "corrected")
        self.assertEqual(found.resolution, "The difference was gone in B.")
        self.assertEqual(run.gone_count, 1)

    def dismiss(self, found):
        found.resolution = "Samples of the laboratory"
        found.action_dismiss()

    def test_a_dismissed_difference_stays_dismissed_while_it_is_the_same(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        self.dismiss(found)
        self.assertFalse(self.reconcile(self.snapshot("B", steel=112, minutes=60)))
        self.assertRecordValues(found, [{"state": "dismissed", "seen_count": 2}])
        changed = self.reconcile(self.snapshot("C", steel=110, minutes=120))
        self.assertEqual(changed, found)
        self.assertRecordValues(
            found,
            [
                {
                    "state": "open",
                    "trend": "growing",
                    "seen_count": 3,
                    "first_seen_at": self.now + timedelta(minutes=1),
                    "resolved_at": False,
                    "resolution": False,
                }
            ],
        )
        self.assertIn("Samples of the laboratory", found.message_ids[0].body)

    def test_a_dismissed_difference_that_is_gone_may_come_back_as_a_new_one(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        self.dismiss(found)
        self.reconcile(self.snapshot("B", minutes=60))
        self.assertEqual(found.state, "corrected")
        self.assertIn("Samples of the laboratory", found.resolution)
        again = self.reconcile(self.snapshot("C", steel=112, minutes=120))
        self.assertNotEqual(again, found)
        self.assertEqual(again.seen_count, 1)

    def test_newest_snapshot_wins_and_older_ones_are_superseded(self):
        late = self.snapshot("LATE", steel=1, minutes=60)
        early = self.snapshot("EARLY", steel=2, minutes=1)
        self.assertEqual(self.reconcile(late).difference, 119)
        self.assertEqual(early.state, "superseded")
        straggler = self.snapshot("STRAGGLER", steel=3, minutes=30)
        straggler.action_reconcile()
        self.assertEqual(straggler.state, "superseded")
        self.assertEqual(
            self.Discrepancies.search([("system_id", "=", self.system.id)]).difference,
            119,
        )

    def test_older_lines_are_forgotten_and_the_newest_kept(self):
        first = self.snapshot("A")
        self.reconcile(first)
        self.assertEqual(len(first.line_ids), 2)
        second = self.snapshot("B", minutes=60)
        self.reconcile(second)
        self.env["integration.reconciliation"]._gc_older_lines()
        self.assertEqual((len(first.line_ids), len(second.line_ids)), (0, 2))

    def test_a_snapshot_is_reconciled_once(self):
        run = self.snapshot("A", steel=112)
        found = self.reconcile(run)
        with self.assertRaises(UserError):
            run.action_reconcile()
        run._reconcile()
        self.assertEqual(found.seen_count, 1)

    def test_other_plants_findings_are_left_alone(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self.map("plant", "P-2", other)
        self.reconcile(self.snapshot("B", lines=[], plants=["P-2"], minutes=60))
        self.assertEqual(found.state, "open")

    def test_nightly_action_reconciles_what_waits(self):
        run = self.snapshot("A", steel=112)
        self.run_cron()
        self.assertEqual(run.state, "waiting", "it is not night yet")
        run.due_at = self.now
        self.run_cron()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.discrepancy_count, 1)

    def run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "integration_core.integration_reconciliation_cron"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_it_is_night_where_the_plant_is(self):
        self.system.timezone = "Asia/Tokyo"
        with freeze_time("2026-03-02 12:00:00"):  # 21:00 in Tokyo
            run = self.env["integration.reconciliation"].create(
                {
                    "snapshot_ref": "T",
                    "domain_id": self.env.ref(
                        "integration_stock.reconciliation_domain_stock"
                    ).id,
                    "system_id": self.system.id,
                    "as_of": fields.Datetime.now(),
                }
            )
            self.assertEqual(str(run.due_at), "2026-03-02 17:00:00")

    def test_trend(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        self.assertEqual(found.trend, "new")
        for name, steel, trend in (
            ("B", 110, "growing"),
            ("C", 110, "steady"),
            ("D", 119, "shrinking"),
        ):
            self.reconcile(self.snapshot(name, steel=steel, minutes=ord(name)))
            self.assertEqual(found.trend, trend)

    def test_an_approved_correction_is_applied_and_never_again(self):
        found = self.reconcile(self.snapshot("A", steel=112, minutes=-1))
        self.assertIn("Count 8.0 kg of Steel", found.proposal)
        approver = new_test_user(
            self.env, "approves", "integration_core.integration_core_group_approver"
        )
        found.with_user(approver).action_approve()
        found.action_apply()
        self.assertEqual(found.state, "corrected")
        self.assertEqual(self.heat.product_qty, 112)
        with self.assertRaises(UserError):
            found.action_apply()
        # Another snapshot from before the correction does not bring it back.
        again = self.snapshot("B", steel=112, minutes=0)
        again.as_of = found.applied_at - timedelta(seconds=1)
        self.assertFalse(self.reconcile(again))
        self.assertFalse(self.reconcile(self.snapshot("C", steel=112, minutes=60)))

    def test_only_what_was_approved_is_applied(self):
        found = self.reconcile(self.snapshot("A", steel=112))
        with self.assertRaises(UserError):
            found.action_apply()
        self.assertEqual(self.heat.product_qty, 120)

    def test_a_failing_run_says_why_and_can_be_tried_again(self):
        run = self.snapshot("A")
        source = type(self.env["integration.reconciliation.source.stock"])
        with self.assertLogs("odoo.addons.integration_core", "ERROR"):
            self.patch(source, "_read_ours", _break)
            run._reconcile_or_fail()
        self.assertEqual((run.state, run.error), ("failed", "The view is missing"))


def _break(self, run):
    raise ValueError("The view is missing")
