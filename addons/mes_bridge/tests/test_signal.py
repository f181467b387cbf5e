from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.integration_core.tests.common import IntegrationCase

CONTRACT = "production.signal.recorded"


class SignalCase(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(CONTRACT)
        cls.press = cls.env["mrp.workcenter"].create(
            {"name": "Press 4", "code": "P4", "tz": "Europe/Berlin"}
        )

    def make_rule(self, **values):
        return self.env["mes.signal.rule"].create(
            {"workcenter_id": self.press.id, "signal": "temperature", **values}
        )


class TestSignal(SignalCase):
    def test_rule_is_told_as_the_agent_reads_it(self):
        self.make_rule(
            aggregation="shift", shift_starts="06:00, 18:00", has_high=True, high=0
        )
        (rule,) = self.env["mes.signal.rule"]._get_rules_of(self.system)
        self.assertEqual(rule["work_centre"], "P4")
        self.assertEqual(rule["shift_starts"], ["06:00", "18:00"])
        self.assertEqual(rule["time_zone"], "Europe/Berlin")
        self.assertEqual((rule["high"], rule["low"]), (0, None))

    def test_a_window_waits_as_its_rule_or_its_agent_says(self):
        rule = self.make_rule(aggregation="window", grace_seconds=5)
        self.assertEqual(rule._prepare_rule()["grace_seconds"], 5)
        rule.grace_seconds = 0
        self.assertNotIn("grace_seconds", rule._prepare_rule())
        with self.assertRaisesRegex(ValidationError, "negative"):
            rule.grace_seconds = -1

    def test_rule_of_one_agent_goes_before_the_common_one(self):
        self.make_rule(deadband=1)
        self.make_rule(deadband=5, system_id=self.system.id)
        other = self.env["integration.system"].create(
            {"name": "Other", "code": "other-line"}
        )
        Rules = self.env["mes.signal.rule"]
        self.assertEqual([r["deadband"] for r in Rules._get_rules_of(self.system)], [5])
        self.assertEqual([r["deadband"] for r in Rules._get_rules_of(other)], [1])

    def test_rule_that_cannot_be_meant_is_refused(self):
        for values in (
            {"kind": "counter"},
            {"kind": "state", "aggregation": "window"},
            {"deadband": -1},
            {"aggregation": "shift", "shift_starts": "6 o'clock"},
            {"has_high": True, "high": 1, "has_low": True, "low": 2},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_rule(**values)

    def preview(self, rule, text):
        preview = self.env["mes.signal.preview"].create(
            {"rule_id": rule.id, "samples": text}
        )
        preview.action_run()
        return preview

    def test_preview_accounts_for_every_sample(self):
        rule = self.make_rule(deadband=2, has_high=True, high=190)
        values = [180, 181, 180, 185, 185, 195, 180]
        lines = [f"2026-03-02 06:15:{n:02}; {v}" for n, v in enumerate(values)]
        preview = self.preview(rule, "\n".join(["time; value", *lines]))
        fates = {row.fate: row.count for row in preview.account_ids}
        self.assertEqual(fates, {"kept": 4, "deadband": 1, "unchanged": 2})
        kinds = preview.emission_ids.mapped("kind")
        self.assertEqual(kinds.count("change"), 4)
        self.assertEqual(kinds.count("threshold"), 2)
        self.assertIn("<svg", preview.picture)
        self.assertEqual(preview.emission_ids[0].begin_at, datetime(2026, 3, 2, 6, 15))

    def test_preview_names_the_line_that_cannot_be_read(self):
        with self.assertRaisesRegex(UserError, "Line 3"):
            self.preview(self.make_rule(), "time; value\n0; 1\nyesterday; 5")
        with self.assertRaisesRegex(UserError, "at least one line"):
            self.preview(self.make_rule(signal="other"), "<script>")

    def test_message_is_recorded(self):
        message = self.receive(
            CONTRACT,
            {
                "kind": "aggregate",
                "work_centre": "P4",
                "signal": "temperature",
                "begin": "2026-03-24T06:00:00.250Z",
                "end": "2026-03-24T06:01:00Z",
                "count": 200,
                "minimum": 178,
                "maximum": 183,
                "mean": 180.5,
                "last": 181,
            },
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        reading = self.env["mes.signal.reading"].search([("signal", "=", "temperature")])
        self.assertEqual(reading.workcenter_id, self.press)
        self.assertEqual((reading.value, reading.sample_count), (180.5, 200))
        self.assertEqual(reading.begin_at, datetime(2026, 3, 24, 6))

    def test_signal_of_an_unknown_work_centre_is_recorded_all_the_same(self):
        data = {
            "kind": "threshold",
            "work_centre": "Press 99",
            "signal": "x",
            "begin": "2026-03-24T06:00:00Z",
            "end": "2026-03-24T06:00:00Z",
            "before": "normal",
            "after": "high",
            "value": 200,
        }
        self.assertEqual(self.receive(CONTRACT, data).delivery_ids.state, "done")
        reading = self.env["mes.signal.reading"].search([("signal", "=", "x")])
        self.assertFalse(reading.workcenter_id)
        self.assertEqual(reading.side, "high")

    def test_production_users_read_rules_and_managers_write_them(self):
        user = new_test_user(self.env, "floor", "mrp.group_mrp_user")
        rule = self.make_rule()
        self.assertTrue(rule.with_user(user).read(["signal"]))
        self.assertFalse(rule.with_user(user).has_access("write"))
        boss = new_test_user(self.env, "boss", "mrp.group_mrp_manager")
        self.assertTrue(rule.with_user(boss).has_access("write"))


@tagged("-at_install", "post_install")
class TestSignalRulesRoute(SignalCase, HttpCase):
    def ask(self, token, code="test-system", **options):
        headers = {"Authorization": f"Bearer {token}"}
        return self.url_open(
            f"/integration/v1/{code}/signal-rules", headers=headers, **options
        )

    def test_agent_reads_the_rules_of_its_company(self):
        self.make_rule(deadband=2)
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["mrp.workcenter"].create(
            {"name": "Foreign", "company_id": other.id, "resource_calendar_id": False}
        )
        self.make_rule(workcenter_id=foreign.id)
        token = self.system.issue_credential("bearer")["secret"]
        answer = self.ask(token)
        self.assertEqual(answer.status_code, 200, answer.text)
        rules = answer.json()["rules"]
        self.assertEqual([rule["work_centre"] for rule in rules], ["P4"])

    def test_others_do_not(self):
        self.assertEqual(self.ask("x" * 40).status_code, 401)
        stranger = self.env["integration.system"].create(
            {"name": "Stranger", "code": "stranger", "state": "active"}
        )
        token = stranger.issue_credential("bearer")["secret"]
        answer = self.ask(token, "stranger")
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(answer.json()["type"], "urn:problem:contract-not-in-scope")
