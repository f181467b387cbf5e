from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import IntegrationCase

SAMPLE = """{"msg": "hello", "seen": "2026-07-01T08:00:00", "grams": 1500}"""
EXPRESSION = "{text: join(' ', [msg, to_string(scale(grams, `0.001`)), to_utc(seen)])}"


class TestTranslation(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["integration.contract"].create(
            {
                "name": "Acme's own",
                "code": "acme.said",
                "schema": {"type": "object"},
                "handler_model": "integration.handler.connection.tested",
            }
        )
        cls.target = cls.env["integration.contract"].search(
            [("code", "=", "connection.tested")]
        )
        cls.grant("acme.said")
        cls.system.timezone = "Europe/Berlin"
        cls.translation = cls.env["integration.translation"].create(
            {
                "name": "What Acme says",
                "system_id": cls.system.id,
                "source_contract_id": cls.source.id,
                "target_contract_id": cls.target.id,
                "expression": EXPRESSION,
                "sample": SAMPLE,
            }
        )

    def say(self, **payload):
        base = {"msg": "hello", "seen": "2026-01-01T08:00:00", "grams": 100}
        return self.receive("acme.said", base | payload)

    def test_sample_shows_what_becomes_of_it(self):
        self.assertIn("hello 1.5 2026-07-01T06:00:00.000Z", self.translation.result)
        self.assertFalse(self.translation.faults)

    def test_message_is_handled_as_the_target_and_stays_as_it_came(self):
        self.translation.action_activate()
        message = self.say()
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(
            delivery.result["data"], {"text": "hello 0.1 2026-01-01T07:00:00.000Z"}
        )
        self.assertEqual(message.payload["msg"], "hello")

    def test_playbooks_answer_it_by_either_name(self):
        own, canonical = self.env["integration.playbook"].create(
            [
                {"name": "Own", "contract_code": "acme.said"},
                {
                    "name": "Canonical",
                    "contract_code": "connection.tested",
                    "filter_expression": "starts_with(text, 'hello')",
                },
            ]
        )
        self.translation.action_activate()
        message = self.say()
        self.assertEqual(message.delivery_ids.state, "done")
        self.assertEqual(own.run_ids.payload, message.payload)
        self.assertEqual(
            canonical.run_ids.payload, {"text": "hello 0.1 2026-01-01T07:00:00.000Z"}
        )
        self.assertEqual(canonical.run_ids.message_id, message)

    def test_draft_is_not_in_force(self):
        delivery = self.say(text="as it came").delivery_ids
        self.assertEqual(delivery.result["data"], {"text": "as it came"})

    def test_failure_parks_with_the_reason_and_goes_on_when_corrected(self):
        self.translation.action_activate()
        delivery = self.say(seen="tomorrow").delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertIn("'tomorrow' is not a date", delivery.last_error)
        self.translation.action_draft()
        self.translation.expression = "{text: msg}"
        self.translation.action_activate()
        delivery.exception_id.action_retry()
        self.work_off(delivery)
        self.assertEqual(delivery.result["data"], {"text": "hello"})

    def test_result_that_breaks_the_target_parks(self):
        self.translation.action_activate()
        self.translation.with_context(tracking_disable=True).action_draft()
        self.translation.expression = "{text: grams}"
        self.assertIn("/data/text", self.translation.faults)
        self.translation.state = "active"
        delivery = self.say().delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertIn("/data/text", delivery.last_error)

    def test_activation_needs_a_sample_that_comes_out_right(self):
        for values in (
            {"sample": False},
            {"sample": "{"},
            {"sample": "{}"},
            {"expression": "{text: grams}"},
        ):
            with self.subTest(values=values), self.cr.savepoint():
                self.translation.write({"sample": SAMPLE, "expression": EXPRESSION})
                self.translation.write(values)
                with self.assertRaises(UserError):
                    self.translation.action_activate()

    def test_code_that_is_not_mapped_parks_and_mapping_it_releases(self):
        model = self.env["ir.model"]._get("res.partner")
        domain = self.env["integration.mapping.domain"].create(
            {"name": "Customer", "code": "test_customer", "model_id": model.id}
        )
        self.translation.expression = "{text: map_code('test_customer', msg)}"
        self.translation.state = "active"
        delivery = self.say(msg="C-7").delivery_ids
        self.assertEqual(
            delivery.exception_id.kind_id.code, "integration_core.unmapped_code"
        )
        partner = self.env["res.partner"].create({"name": "Bolt Ltd"})
        self.env["integration.mapping"].create(
            {
                "domain_id": domain.id,
                "system_id": self.system.id,
                "external_code": "C-7",
                "res_id": partner.id,
            }
        )
        self.work_off(delivery)
        self.assertEqual(delivery.result["data"], {"text": "Bolt Ltd"})

    def test_our_own_code_goes_before_the_name(self):
        partner = self.env["res.partner"].create({"name": "Bolt Ltd", "ref": "K-10"})
        mapping = self.env["integration.mapping"].new(
            {"res_model": "res.partner", "res_id": partner.id}
        )
        self.assertEqual(mapping._get_canonical_code(), "K-10")

    def test_code_is_the_same_for_who_may_not_open_the_record(self):
        server = self.env["ir.mail_server"].create({"name": "Post", "smtp_host": "x"})
        vals = {"res_model": server._name, "res_id": server.id}
        someone = new_test_user(self.env, "translator", groups="base.group_user")
        mapping = self.env["integration.mapping"].with_user(someone).new(vals)
        self.assertEqual(mapping._get_canonical_code(), "Post")

    def test_what_is_in_force_changes_only_while_its_sample_comes_out_right(self):
        self.translation.action_activate()
        for values in ({"expression": "{text: grams}"}, {"sample": "{}"}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.translation.write(values)
        self.translation.expression = "{text: msg}"
        delivery = self.say().delivery_ids
        self.assertEqual(delivery.result["data"], {"text": "hello"})

    def test_one_translation_of_a_contract_is_in_force(self):
        self.translation.action_activate()
        second = self.translation.copy()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            second.action_activate()
            self.env.flush_all()

    def test_expression_that_is_none_is_refused(self):
        with self.assertRaises(ValidationError):
            self.translation.expression = "{text: "
