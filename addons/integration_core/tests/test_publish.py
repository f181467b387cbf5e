"""Who receives which part of an event, and events without code."""

from odoo.exceptions import ValidationError

from .common import IntegrationCase

EVENT = "partner.seen"


class TestPublish(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.env["integration.contract"].create(
            {
                "name": "Partner seen",
                "code": EVENT,
                "direction": "out",
                "schema": {"type": "object", "required": ["name"]},
            }
        )
        cls.grant(EVENT)
        cls.endpoint = cls.env["integration.endpoint"].create(
            {
                "name": "Sink",
                "system_id": cls.system.id,
                "url": "https://sink.example.com",
            }
        )
        cls.subscription = cls.env["integration.subscription"].create(
            {"contract_code": EVENT, "endpoint_id": cls.endpoint.id}
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Acme Steel", "ref": "A-1", "company_id": cls.env.company.id}
        )

    def publish(self, **payload):
        return self.env["integration.message"]._publish(
            EVENT, self.partner, {"name": "Acme", "quantity": 5, **payload}
        )

    def test_filter_decides_who_receives(self):
        self.subscription.filter_expression = "quantity > `3`"
        self.assertTrue(self.publish().delivery_ids)
        self.assertFalse(self.publish(quantity=2).delivery_ids)
        self.assertFalse(self.publish(quantity=None).delivery_ids)

    def test_transformation_is_for_this_receiver_and_stays(self):
        self.subscription.transformation = "{who: name, twice: [quantity, quantity]}"
        message = self.publish()
        delivery = message.delivery_ids
        self.subscription.transformation = "{other: name}"
        event = self.read_sent(delivery)
        self.assertEqual(event["data"], {"who": "Acme", "twice": [5, 5]})
        self.assertEqual(message.payload["name"], "Acme")

    def test_transformation_that_leaves_nothing_sends_nothing(self):
        for expression in ("other", "`{}`", "`false`", "lines[?x]"):
            self.subscription.transformation = expression
            delivery = self.publish().delivery_ids
            self.assertEqual(delivery.state, "parked")
            self.assertIn("leaves nothing", delivery.last_error)

    def test_expression_that_is_none_is_refused_with_its_place(self):
        for name in ("filter_expression", "transformation"):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, "at character 6"),
            ):
                self.subscription[name] = "name ]"

    def test_failing_expression_parks_and_hurts_nobody_else(self):
        other = self.endpoint.copy({"name": "Other"})
        self.env["integration.subscription"].create(
            {"contract_code": EVENT, "endpoint_id": other.id}
        )
        self.subscription.filter_expression = "starts_with(quantity, 'x')"
        deliveries = self.publish().delivery_ids
        parked = deliveries.filtered(lambda d: d.endpoint_id == self.endpoint)
        self.assertEqual(parked.state, "parked")
        kind = parked.exception_id.kind_id.code
        self.assertEqual(kind, "integration_core.translation_failed")
        self.assertEqual((deliveries - parked).state, "pending")

    def test_expressions_that_fail_in_any_way_stop_nobody_who_publishes(self):
        for text in ("tags[::0]", "to_number('1e999')", "&tags", "ceil(`1e400`)"):
            for name in ("filter_expression", "transformation"):
                self.subscription.write({"filter_expression": False, name: text})
                with self.subTest(name=name, text=text):
                    message = self.publish(tags=[1])
                    states = message.delivery_ids.mapped("state")
                    self.assertIn("parked", states)
            self.subscription.transformation = False

    def test_an_expression_that_can_be_read_no_more_parks(self):
        self.env.cr.execute(
            "UPDATE integration_subscription SET filter_expression = 'nothing(@)'"
            " WHERE id = %s",
            (self.subscription.id,),
        )
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertIn("parked", self.publish(quantity=1).delivery_ids.mapped("state"))

    def action(self, *members):
        return self.env["ir.actions.server"].create(
            {
                "name": "Tell who was seen",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "integration_publish",
                "integration_contract_id": self.contract.id,
                "integration_member_ids": [
                    (0, 0, {"name": name, "field_path": path, "constant": constant})
                    for name, path, constant in members
                ],
            }
        )

    def run_action(self, action, records):
        action.with_context(
            active_model="res.partner", active_ids=records.ids, active_id=records[:1].id
        ).run()
        return self.env["integration.message"].search(
            [("contract_code", "=", EVENT)], order="id"
        )

    def test_server_action_publishes_one_event_per_record(self):
        action = self.action(
            ("name", "name", False),
            ("codes.ours", "ref", False),
            ("codes.kind", False, "partner"),
            ("company", "company_id.name", False),
            ("seen_at", "create_date", False),
            ("is_company", "is_company", False),
            ("parent", "parent_id.name", False),
        )
        other = self.partner.copy({"name": "Bolt"})
        messages = self.run_action(action, self.partner | other)
        names = [message.payload["name"] for message in messages]
        self.assertEqual(names, ["Acme Steel", "Bolt"])
        payload = messages[0].payload
        self.assertEqual(payload["codes"], {"ours": "A-1", "kind": "partner"})
        self.assertEqual(payload["company"], self.env.company.name)
        self.assertRegex(payload["seen_at"], r"^\d{4}-.*Z$")
        self.assertEqual((payload["is_company"], payload["parent"]), (False, None))
        self.assertEqual(messages[0].delivery_ids.state, "pending")

    def test_member_that_does_not_exist_is_refused(self):
        for path in ("nothing", "name.deeper", "parent_id.nothing"):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                self.action(("name", path, False))

    def test_member_needs_a_field_or_a_constant(self):
        for values in (("name", False, False), ("name", "name", "x")):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.action(values)

    def test_members_that_are_in_each_other_s_way_are_refused(self):
        for names in (("a", "a.b"), ("a.b", "a"), ("a", "a"), ("a..b",), (" ",)):
            with self.subTest(names=names), self.assertRaises(ValidationError):
                self.action(*((name, "name", False) for name in names))
        self.action(("a.b", "name", False), ("a.c", "ref", False), ("ab", "ref", False))

    def test_another_model_needs_the_fields_that_are_published(self):
        action = self.action(("code", "ref", False))
        with self.assertRaises(ValidationError):
            action.model_id = self.env["ir.model"]._get_id("res.country")

    def test_automation_rule_publishes_without_code(self):
        action = self.action(("name", "name", False))
        self.env["base.automation"].create(
            {
                "name": "Tell when a partner is renamed",
                "model_id": action.model_id.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    (6, 0, [self.env["ir.model.fields"]._get("res.partner", "ref").id])
                ],
                "action_server_ids": [(6, 0, action.ids)],
            }
        )
        self.partner.ref = "A-2"
        self.env.flush_all()
        messages = self.env["integration.message"].search([("contract_code", "=", EVENT)])
        self.assertEqual([m.payload for m in messages], [{"name": "Acme Steel"}])
