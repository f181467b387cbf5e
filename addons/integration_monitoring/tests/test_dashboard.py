from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import MonitoringCase

GROUP = "integration_core.integration_core_group_%s"


class TestDashboard(MonitoringCase):
    """What the dashboards say is what a click shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "dashboard", GROUP % "operator")
        cls.Dashboard = cls.env["integration.dashboard"].with_user(cls.operator)

    def find_tile(self, key):
        tiles = self.Dashboard.get_operations_data()["tiles"]
        return next(tile for tile in tiles if tile["key"] == key)

    def test_traffic_of_a_day(self):
        self.send(4)
        self.add_up()
        data = self.Dashboard.get_it_data()
        (row,) = [r for r in data["systems"] if r["id"] == self.system.id]
        self.assertEqual((row["accepted_count"], row["done_count"]), (4, 4))
        self.assertEqual(len(data["hours"]), 24)
        self.assertGreaterEqual(data["hours"][-1]["accepted"], 4)

    def test_hours_are_there_whatever_clock_the_reader_goes_by(self):
        self.put_hour(self.this_hour(), accepted_count=1000)
        for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
            data = self.Dashboard.with_context(tz=zone).get_it_data()
            with self.subTest(zone=zone):
                self.assertGreaterEqual(data["hours"][-1]["accepted"], 1000)

    def test_a_deleted_system_takes_its_figures_along(self):
        gone = self.system.copy({"code": "gone"})
        row = self.put_hour(self.this_hour(), dead_count=7, system_id=gone.id)
        gone.unlink()
        self.assertFalse(row.exists())

    def test_backlog_by_lane(self):
        delivery = self.send(process_now=False).delivery_ids
        lanes = {lane["id"]: lane for lane in self.Dashboard.get_it_data()["lanes"]}
        lane = lanes[delivery.lane_id.id]
        self.assertGreaterEqual(lane["pending"], 1)
        self.assertGreaterEqual(lane["age_seconds"], 0)

    def test_latency_of_a_lane_stands_beside_its_target(self):
        delivery = self.send(3).delivery_ids[:1]
        self.add_up()
        flow = delivery._get_flow()
        lanes = {lane["id"]: lane for lane in self.Dashboard.get_it_data()["lanes"]}
        lane = lanes[flow.lane_id]
        self.assertLessEqual(lane["target_seconds"], flow.latency_target_seconds)
        self.assertGreaterEqual(lane["latency_seconds"], 0)
        self.assertEqual(lane["late_percent"], 0)
        late = {"late_count": 1, "done_count": 4, "milliseconds_total": 8000}
        self.assertEqual(
            self.Dashboard._prepare_latency([(60, late)]),
            {"target_seconds": 60, "latency_seconds": 2, "late_percent": 25},
        )

    def test_a_tile_counts_what_its_click_shows(self):
        before = self.find_tile("dead")["value"]
        self.send().delivery_ids.state = "dead"
        self.env.flush_all()
        tile = self.find_tile("dead")
        self.assertEqual((tile["value"], tile["severity"]), (before + 1, "danger"))
        action = tile["action"]
        found = self.env[action["res_model"]].with_user(self.operator)
        self.assertEqual(found.search_count(action["domain"]), tile["value"])

    def count(self, action, *more):
        Model = self.env[action["res_model"]].with_user(self.operator)
        return Model.search_count([*action["domain"], *more])

    def test_a_total_opens_what_it_is_made_of(self):
        self.send(3)
        # Late, tried again and given up.
        delivery = self.send(process_now=False).delivery_ids
        self.env["integration.attempt"].create(
            [
                {
                    "delivery_id": delivery.id,
                    "company_id": delivery.company_id.id,
                    "number": number,
                    "outcome": outcome,
                    "ended_at": fields.Datetime.now(),
                }
                for number, outcome in enumerate(("retry", "dead"), 1)
            ]
        )
        delivery.state = "dead"
        self.add_up()
        data = self.Dashboard.get_it_data()
        (row,) = [r for r in data["systems"] if r["id"] == self.system.id]
        ours = ("system_id", "=", self.system.id)
        counts = {
            key: self.count(action, ours) for key, action in data["actions"].items()
        }
        self.assertEqual(
            {key: counts[key] for key in ("accepted", "done", "retry", "late")},
            {
                "accepted": row["accepted_count"],
                "done": row["done_count"],
                "retry": row["retry_count"],
                "late": row["late_count"],
            },
        )
        self.assertEqual((counts["accepted"], counts["done"]), (4, 3))
        self.assertEqual((counts["retry"], counts["failed"]), (1, 1))

    def test_what_is_given_up_days_later_is_in_its_list(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=3)):
            delivery = self.send(process_now=False).delivery_ids
        self.env["integration.attempt"].create(
            {
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "number": 1,
                "outcome": "dead",
                "ended_at": fields.Datetime.now(),
            }
        )
        delivery.state = "dead"
        self.add_up()
        data = self.Dashboard.get_it_data()
        (row,) = [r for r in data["systems"] if r["id"] == self.system.id]
        ours = ("system_id", "=", self.system.id)
        self.assertEqual(row["dead_count"], 1)
        self.assertEqual(self.count(data["actions"]["failed"], ours), 1)

    def test_duplicates_are_counted_by_system(self):
        Rejection = self.env["integration.rejection"]
        now = fields.Datetime.now()
        for kind, count in (("duplicate", 5), ("duplicate", 2), ("unauthenticated", 9)):
            Rejection.create(
                {
                    "system_id": self.system.id,
                    "kind": kind,
                    "count": count,
                    "recorded_at": now,
                }
            )
        data = self.Dashboard.get_it_data()
        (row,) = [r for r in data["systems"] if r["id"] == self.system.id]
        self.assertEqual((row["duplicate_count"], row["accepted_count"]), (7, 0))
        ours = ("system_id", "=", self.system.id)
        self.assertEqual(self.count(data["actions"]["duplicate"], ours), 2)
        self.assertEqual(self.count(data["actions"]["unauthenticated"], ours), 1)

    def test_what_is_pressing_comes_first(self):
        self.send().delivery_ids.state = "dead"
        self.env.flush_all()
        data = self.Dashboard.get_operations_data()
        self.assertEqual(data["tiles"][0]["severity"], "danger")
        self.assertIn("dead", [tile["key"] for tile in data["pressing"]])

    def test_other_companies_are_not_counted(self):
        company = self.env["res.company"].create({"name": "Plant B"})
        user = new_test_user(
            self.env,
            "dashboard-b",
            GROUP % "operator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.send(2)
        self.add_up()
        data = self.env["integration.dashboard"].with_user(user).get_it_data()
        self.assertEqual(data["totals"]["accepted_count"], 0)

    def test_it_is_for_people_of_the_integration(self):
        employee = new_test_user(self.env, "dashboard-none", "base.group_user")
        for method in ("get_it_data", "get_operations_data"):
            with self.assertRaises(AccessError):
                getattr(self.env["integration.dashboard"].with_user(employee), method)()
