import json

from odoo.tests import HttpCase, tagged

from odoo.addons.integration_core.tests.common import IntegrationCase


@tagged("post_install", "-at_install")
class TestAsyncApi(IntegrationCase, HttpCase):
    """The events of a system, described for the system itself."""

    def setUp(self):
        super().setUp()
        self.grant("connection.tested")
        self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                "latency_target_seconds": 7,
            }
        )
        token = self.system.issue_credential("bearer")["secret"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, code="test-system", **headers):
        return self.url_open(f"/integration/v1/{code}/asyncapi.json", headers=headers)

    def test_it_lists_the_contracts_in_scope_with_their_policies(self):
        document = self.get(**self.headers).json()
        self.assertEqual(document["asyncapi"], "3.0.0")
        (message,) = document["components"]["messages"].values()
        self.assertEqual(message["name"], "connection.tested")
        self.assertEqual(message["x-policy"]["latencyTargetSeconds"], 7)
        self.assertNotIn("outbound", document["channels"])

    def test_every_reference_leads_somewhere(self):
        document = self.get(**self.headers).json()

        def find(value):
            if isinstance(value, dict):
                if "$ref" in value:
                    yield value["$ref"]
                for member in value.values():
                    yield from find(member)
            elif isinstance(value, list):
                for item in value:
                    yield from find(item)

        for reference in find(document):
            target = document
            for part in reference.removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            self.assertTrue(target, reference)

    def test_strangers_get_nothing(self):
        response = self.get()
        self.assertEqual(response.status_code, 401)
        self.assertNotIn("connection.tested", json.dumps(response.json()))
