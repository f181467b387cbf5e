import time
from datetime import timedelta
from unittest.mock import patch

from prometheus_client.parser import text_string_to_metric_families

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import config

from ..controllers.metrics import SETTING
from .common import MonitoringCase

PATH = "/integration/v1/metrics"
TOKEN = "metrics-token-of-this-test"


@tagged("post_install", "-at_install")
class TestMetrics(MonitoringCase, HttpCase):
    """Prometheus reads with the token, and nobody without."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.dict(config.options, {SETTING: TOKEN}))

    def get(self, token):
        return self.url_open(PATH, headers={"Authorization": f"Bearer {token}"})

    def test_counters_and_backlog(self):
        self.send(3)
        self.add_up()
        answer = self.get(TOKEN)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        families = {
            family.name: family for family in text_string_to_metric_families(answer.text)
        }
        (sample,) = [
            sample
            for sample in families["integration_messages_accepted"].samples
            if sample.labels["system"] == "test-system"
        ]
        self.assertEqual(sample.value, 3)
        self.assertIn("integration_backlog", families)

    def test_secrets_that_end_are_a_gauge(self):
        issued = self.system.issue_credential("bearer")
        credential = self.env["integration.credential"].browse(issued["credential_id"])
        credential.valid_until = fields.Datetime.now() + timedelta(days=3)
        text = self.get(TOKEN).text
        (line,) = [
            line
            for line in text.splitlines()
            if line.startswith("integration_credential_ends_timestamp_seconds{")
            and 'system="test-system"' in line
        ]
        left = float(line.rsplit(" ", 1)[1]) - time.time()
        self.assertAlmostEqual(left, 3 * 86400, delta=120)

    def test_endpoints_of_one_name_are_one_sample(self):
        """Prometheus keeps one of two, and says nothing."""
        now = fields.Datetime.now()
        for open_until in (now + timedelta(hours=1), False):
            endpoint = self.env["integration.endpoint"].create(
                {"name": "Gate", "system_id": self.system.id}
            )
            self.env["integration.endpoint.health"].create(
                {
                    "endpoint_id": endpoint.id,
                    "window_started_at": now,
                    "requests": 0,
                    "failures": 0,
                    "openings": 0,
                    "open_until": open_until,
                }
            )
        self.env.flush_all()
        lines = [line for line in self.get(TOKEN).text.splitlines() if '"Gate"' in line]
        self.assertEqual([line.rsplit(" ", 1)[1] for line in lines], ["1.0"])

    def test_nobody_reads_without_the_token(self):
        for token in ("", "wrong", TOKEN[:-1]):
            self.assertEqual(self.get(token).status_code, 401)

    def test_without_a_token_in_the_configuration_it_is_closed(self):
        with patch.dict(config.options, {SETTING: ""}):
            self.assertEqual(self.get("").status_code, 401)
