import json

from werkzeug.wrappers import Response

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.integration_core.tests.common import IntegrationCase

GROUP = "integration_core.integration_core_group_%s"


class TestOnboarding(IntegrationCase):
    """From a name to a working connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "onboarding", GROUP % "manager")
        cls.Wizard = cls.env["integration.onboarding"].with_user(cls.manager)

    def connect(self, **values):
        wizard = self.Wizard.create({"name": "MES, plant 1", **values})
        wizard.action_next()
        return wizard, wizard.action_connect()

    def test_the_code_follows_the_name(self):
        wizard = self.Wizard.create({"name": "MES, plant 1"})
        self.assertEqual(wizard.code, "mes-plant-1")

    def test_a_system_is_active_scoped_and_has_a_secret(self):
        wizard, action = self.connect()
        secret = action["context"]["onboarding_secret"]
        system = wizard.system_id
        self.assertEqual(system.state, "active")
        self.assertEqual(system.scope_ids.mapped("code"), ["connection.tested"])
        shown = wizard.with_context(**action["context"])
        self.assertEqual(shown.secret, secret)
        self.assertIn(secret, shown.curl)

    def test_the_secret_is_shown_once(self):
        wizard, _action = self.connect()
        wizard.invalidate_recordset()
        self.assertFalse(wizard.secret)
        self.assertIn("$TOKEN", wizard.curl)

    def test_the_checklist_follows_what_happens(self):
        wizard, _action = self.connect()
        self.assertFalse(wizard.is_processed)
        self.receive("connection.tested", {"text": "x"}, system=wizard.system_id)
        wizard.invalidate_recordset()
        self.assertTrue(wizard.is_processed)
        self.assertEqual(wizard.checklist.count("fa-check-square-o"), 5)

    def test_what_is_missing_is_named(self):
        with self.assertRaises(UserError):
            self.Wizard.create({}).action_next()
        with self.assertRaises(UserError):
            self.connect(contract_ids=[(5,)])

    def test_only_managers_connect(self):
        operator = new_test_user(self.env, "onboarding-operator", GROUP % "operator")
        with self.assertRaises(AccessError):
            self.Wizard.with_user(operator).create({"name": "x"})


@tagged("post_install", "-at_install")
class TestConsole(IntegrationCase, HttpCase):
    """Messages go the whole way, and the answer is shown."""

    def setUp(self):
        super().setUp()
        self.grant("connection.tested")
        self.console = self.env["integration.console"].create(
            {"system_id": self.system.id}
        )
        self.env.flush_all()

    def send(self):
        """Send over HTTP: a test's server serves only requests with the test's cookie."""
        self.patch(type(self.console), "_post", lambda _self, *args: self.post(*args))
        self.console.action_send()
        return json.loads(self.console.answer)

    def post(self, body, headers):
        answer = self.url_open(
            "/integration/v1/test-system/messages",
            data=body,
            headers={**headers, "Content-Type": "application/cloudevents+json"},
        )
        return Response(answer.content, status=answer.status_code)

    def test_the_sample_is_offered(self):
        event = json.loads(self.console.event)
        self.assertEqual(event["type"], "connection.tested")
        self.assertTrue(event["data"])

    def test_without_a_secret_the_way_out_is_named(self):
        with self.assertRaises(UserError) as caught:
            self.console.action_send()
        self.assertIn("New credential", str(caught.exception))

    def test_it_signs_and_is_accepted(self):
        self.system.issue_credential("hmac")
        answer = self.send()
        self.assertEqual(self.console.answer_status, 202)
        self.assertEqual(self.console.message_uuid, answer["message"])

    def test_a_fault_is_answered_as_a_partner_would_see_it(self):
        token = self.system.issue_credential("bearer")["secret"]
        self.console.write({"token": token, "event": '{"specversion": "1.0"}'})
        self.assertIn("errors", self.send())
        self.assertEqual(self.console.answer_status, 400)
