from datetime import datetime

from odoo.tests import HttpCase, tagged

from .common import IntegrationCase


@tagged("post_install", "-at_install")
class TestOpenApi(IntegrationCase, HttpCase):
    """The interface, described for one system by its contracts and its policies."""

    def setUp(self):
        super().setUp()
        self.grant("connection.tested")
        token = self.system.issue_credential("bearer")["secret"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def describe(self):
        """Return the header Idempotency-Key and the rules of the one contract."""
        document = self.url_open(
            "/integration/v1/test-system/openapi.json", headers=self.headers
        ).json()
        path = document["paths"]["/integration/v1/test-system/messages"]["post"]
        (parameter,) = path["parameters"]
        event = document["components"]["schemas"]["connection.tested-1.0.event"]
        return parameter, event["x-policy"]

    def set_policy(self, **values):
        self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                **values,
            }
        )

    def test_without_a_policy_the_tier_decides_and_no_key_is_needed(self):
        parameter, rules = self.describe()
        self.assertFalse(parameter["required"])
        self.assertEqual(rules["order"], "strict")
        self.assertNotIn("limitPerMinute", rules)
        self.assertNotIn("sunset", rules)

    def test_it_says_what_the_policy_asks_for(self):
        self.set_policy(
            tier="1",
            order_rule="latest_wins",
            rate_limit_per_minute=30,
            requires_idempotency_key=True,
        )
        parameter, rules = self.describe()
        self.assertTrue(parameter["required"])
        self.assertIn("connection.tested-1.0", parameter["description"])
        self.assertLessEqual(
            {
                "tier": "1",
                "order": "latest_wins",
                "limitPerMinute": 30,
                "idempotencyKeyRequired": True,
            }.items(),
            rules.items(),
        )

    def test_it_says_when_a_version_ends(self):
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        contract.write({"state": "deprecated", "sunset_at": datetime(2030, 1, 1)})
        _parameter, rules = self.describe()
        self.assertEqual(rules["sunset"], "2030-01-01T00:00:00.000Z")
