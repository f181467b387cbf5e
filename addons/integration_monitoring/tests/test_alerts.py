from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user

from .common import MonitoringCase

GROUP = "integration_core.integration_core_group_%s"


class TestAlerts(MonitoringCase):
    """Told once, to whom it concerns, and closed when it is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["integration.alert.rule"]
        cls.Rule.search([]).active = False
        cls.operator = new_test_user(cls.env, "alerted", GROUP % "operator")

    def check(self, metric, threshold, **values):
        rule = self.Rule.create(
            {
                "name": "Rule",
                "metric": metric,
                "threshold": threshold,
                "user_ids": self.operator.ids,
                **values,
            }
        )
        self.Rule._cron_check()
        return rule, self.env["integration.alert"].search([("rule_id", "=", rule.id)])

    def test_an_alert_is_opened_once_and_closed_when_it_is_over(self):
        row = self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        rule, alert = self.check("failed_share", 50)
        self.assertEqual(alert.value, 80)
        self.Rule._cron_check()
        self.assertEqual(
            self.env["integration.alert"].search_count([("rule_id", "=", rule.id)]), 1
        )
        row.unlink()
        self.Rule._cron_check()
        self.assertEqual(alert.state, "closed")
        self.assertFalse(alert.activity_ids)

    def test_the_alerts_of_a_rule_that_is_archived_are_over(self):
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        rule, alert = self.check("dead", 1)
        rule.active = False
        self.Rule._cron_check()
        self.assertEqual(alert.state, "closed")

    def test_a_rule_that_fails_keeps_no_other_from_being_checked(self):
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        first, alert = self.check("late_share", 1, sequence=1)
        real = type(first)._find_violations

        def find(rule):
            return 1 / 0 if rule == first else real(rule)

        with (
            patch.object(type(first), "_find_violations", find),
            self.assertLogs("odoo.addons.integration_monitoring", "ERROR"),
        ):
            _rule, alert = self.check("dead", 1, sequence=2)
        self.assertTrue(alert)

    def test_it_is_told_to_whom_the_rule_names(self):
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        _rule, alert = self.check("dead", 1)
        self.assertEqual(alert.activity_ids.user_id, self.operator)
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.recipient_ids, self.operator.partner_id)
        self.assertIn("8", mail.body_html)

    def test_who_may_not_see_the_system_is_not_told(self):
        self.env["ir.rule"].create(
            {
                "name": "Elsewhere",
                "model_id": self.env["ir.model"]._get_id("integration.system"),
                "domain_force": [("id", "!=", self.system.id)],
            }
        )
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        _rule, alert = self.check("dead", 1)
        self.assertEqual(alert.system_id, self.system)
        self.assertFalse(alert.activity_ids)

    def test_only_flows_of_the_priority_are_looked_at(self):
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        _rule, alert = self.check("dead", 1, criticality="line_stop")
        self.assertFalse(alert)
        self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                "criticality": "line_stop",
            }
        )
        _rule, alert = self.check("dead", 1, criticality="line_stop")
        self.assertTrue(alert)

    def set_policy(self, criticality, **values):
        return self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                "criticality": criticality,
                **values,
            }
        )

    def test_a_policy_that_is_not_in_force_decides_nothing(self):
        self.put_hour(self.this_hour(), accepted_count=10, dead_count=8)
        policy = self.set_policy("line_stop", state="retired")
        _rule, alert = self.check("dead", 1, criticality="high")
        self.assertFalse(alert)
        policy.state = "active"
        self.set_policy("low", state="draft")
        _rule, alert = self.check("dead", 1, criticality="high")
        self.assertTrue(alert)

    def test_what_waits_counts_by_the_priority_of_its_flow(self):
        delivery = self.send(process_now=False).delivery_ids
        delivery.received_at -= timedelta(minutes=30)
        self.env.flush_all()
        for metric in ("backlog", "age"):
            _rule, alert = self.check(metric, 1, criticality="line_stop")
            self.assertFalse(alert)
        self.set_policy("line_stop")
        for metric in ("backlog", "age"):
            _rule, alert = self.check(metric, 1, criticality="line_stop")
            self.assertEqual(len(alert), 1)

    def test_a_breaker_counts_by_the_priority_of_what_is_sent_there(self):
        endpoint = self.env["integration.endpoint"].create(
            {"name": "Gate", "system_id": self.system.id}
        )
        self.env["integration.endpoint.health"].create(
            {
                "endpoint_id": endpoint.id,
                "window_started_at": fields.Datetime.now(),
                "requests": 10,
                "failures": 10,
                "openings": 1,
                "open_until": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        _rule, alert = self.check("breaker", 1, criticality="high")
        self.assertFalse(alert)
        self.set_policy("high", contract_code=False, direction="out")
        _rule, alert = self.check("breaker", 1, criticality="high")
        self.assertIn("Gate", alert.name)

    def test_a_lane_that_stands_still(self):
        delivery = self.send(process_now=False).delivery_ids
        delivery.received_at -= timedelta(minutes=30)
        self.env.flush_all()
        _rule, alert = self.check("age", 15)
        self.assertGreaterEqual(alert.value, 29)

    def learn(self, counts, weeks=6, failed=0):
        """Let the last weeks have had so many messages in the hour before this one."""
        hour = self.this_hour() - timedelta(hours=1)
        for week in range(1, weeks + 1):
            self.put_hour(
                hour - timedelta(weeks=week),
                accepted_count=counts[week % len(counts)],
                dead_count=failed,
            )
        self.env["integration.flow.baseline"]._cron_learn()
        return hour

    def test_silence_is_noticed(self):
        self.learn([98, 100, 103])
        _rule, alert = self.check("anomaly", 5)
        self.assertIn("silent, usually 100", alert.name)

    def test_the_silence_of_a_system_that_was_suspended_is_no_news(self):
        self.learn([98, 100, 103])
        self.system.action_suspend()
        _rule, alert = self.check("anomaly", 5)
        self.assertFalse(alert.filtered(lambda one: one.system_id == self.system))

    def test_a_surge_is_noticed_and_the_usual_is_not(self):
        hour = self.learn([98, 100, 103])
        row = self.put_hour(hour, accepted_count=104)
        _rule, alert = self.check("anomaly", 5)
        self.assertFalse(alert)
        row.accepted_count = 900
        _rule, alert = self.check("anomaly", 5)
        self.assertIn("900 messages, usually 100", alert.name)

    def test_a_surge_at_an_hour_that_has_no_history_is_noticed(self):
        hour = self.learn([98, 100, 103])
        row = self.put_hour(hour - timedelta(hours=5), accepted_count=900)
        Baseline = self.env["integration.flow.baseline"]
        ((known, anomaly),) = [
            (known, anomaly)
            for known, anomaly in Baseline._find_anomalies(row.hour)
            if known.system_id == self.system
        ]
        self.assertEqual((anomaly.kind, anomaly.usual), ("surge", 0))
        row.accepted_count = 10
        found = Baseline._find_anomalies(row.hour)
        self.assertNotIn(self.system, [known.system_id for known, _anomaly in found])

    def test_an_hour_without_history_of_a_young_flow_is_not_judged(self):
        hour = self.learn([98, 100, 103], weeks=2)
        row = self.put_hour(hour - timedelta(hours=5), accepted_count=900)
        found = self.env["integration.flow.baseline"]._find_anomalies(row.hour)
        self.assertNotIn(self.system, [known.system_id for known, _anomaly in found])

    def test_what_is_usual_goes_by_the_clock_of_the_plant(self):
        """At six in the morning, whether clocks were put back or not."""
        self.system.timezone = "Europe/Berlin"
        change = datetime(2026, 10, 25)
        for day in range(1, 50):
            date = change - timedelta(days=day)
            self.put_hour(date.replace(hour=4), accepted_count=100)
        with freeze_time(change):
            self.env["integration.flow.baseline"]._cron_learn()
        monday = change + timedelta(days=1)
        self.put_hour(monday.replace(hour=5), accepted_count=100)
        self.assertEqual(self.find_kinds(monday.replace(hour=4)), [])
        self.assertEqual(self.find_kinds(monday.replace(hour=5)), [])
        self.assertEqual(self.find_kinds(monday.replace(day=27, hour=5)), ["silence"])

    def find_kinds(self, hour):
        found = self.env["integration.flow.baseline"]._find_anomalies(hour)
        return [one.kind for known, one in found if known.system_id == self.system]

    def test_more_failures_than_usual_are_noticed(self):
        hour = self.learn([98, 100, 103], failed=1)
        self.put_hour(hour, accepted_count=100, dead_count=40)
        _rule, alert = self.check("anomaly", 5)
        self.assertIn("40 % fail, usually 1 %", alert.name)

    def test_two_weeks_are_too_few_to_know_what_is_usual(self):
        self.learn([100], weeks=2)
        _rule, alert = self.check("anomaly", 5)
        self.assertFalse(alert)
