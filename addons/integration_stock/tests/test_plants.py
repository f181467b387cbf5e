from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import StockIntegrationCase

GROUP = "integration_core.integration_core_group_%s"


class TestPlants(StockIntegrationCase):
    """People of one plant do not see the connections of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.other_plant = cls.env["stock.warehouse"].create(
            {"name": "Plant U", "code": "PLU"}
        )
        cls.other = cls.env["integration.system"].create(
            {
                "name": "Other plant",
                "code": "other-plant",
                "state": "active",
                "warehouse_ids": [Command.set(cls.other_plant.ids)],
            }
        )
        cls.central = cls.env["integration.system"].create(
            {"name": "Central", "code": "central", "state": "active"}
        )
        cls.users = [
            new_test_user(cls.env, f"plant-{role}", GROUP % role)
            for role in ("operator", "manager", "approver", "auditor")
        ]

    def send(self, system):
        return self.receive("connection.tested", {"text": "x"}, system=system)

    def assign(self, plants):
        for user in self.users:
            user.integration_warehouse_ids = plants

    def test_people_without_plants_see_all_of_them(self):
        message = self.send(self.other)
        for user in self.users:
            self.assertTrue(message.with_user(user).has_access("read"))

    def test_people_see_their_plants_and_what_has_none(self):
        self.assign(self.plant)
        mine, foreign, common = map(self.send, (self.system, self.other, self.central))
        everything = mine | foreign | common
        for user in self.users:
            found = (
                self.env["integration.message"]
                .with_user(user)
                .search([("id", "in", everything.ids)])
            )
            self.assertEqual(found, mine | common)
            with self.assertRaises(AccessError):
                foreign.with_user(user).read(["payload"])

    def test_deliveries_attempts_and_systems_follow(self):
        self.assign(self.plant)
        delivery = self.send(self.other).delivery_ids
        records = (delivery, delivery.attempt_ids, self.other)
        for user in self.users:
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(record)
                    self.assertFalse(record.with_user(user).has_access("read"))

    def test_configuration_follows_its_system(self):
        self.assign(self.plant)

        def configure(system):
            self.grant("receipt.done", system=system)
            endpoint = self.env["integration.endpoint"].create(
                {
                    "name": system.name,
                    "system_id": system.id,
                    "url": "https://partner.example.com/in",
                }
            )
            policy = self.env["integration.policy"].create({"system_id": system.id})
            subscription = self.env["integration.subscription"].create(
                {"endpoint_id": endpoint.id, "contract_code": "receipt.done"}
            )
            return endpoint, policy, subscription

        foreign, common = configure(self.other), configure(self.central)
        for user in self.users:
            for record in foreign:
                with self.subTest(user=user.login, model=record._name):
                    seen = record.with_user(user).search([("id", "=", record.id)])
                    self.assertFalse(seen)
            for record in common:
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(record.with_user(user).has_access("read"))

    def test_every_model_that_names_its_system_follows(self):
        self.assign(self.plant)
        rules = self.env["ir.rule"].with_user(self.users[0])
        followers = [
            model._name
            for model in self.env.values()
            if model._auto and not model._abstract and not model._transient
            if (field := model._fields.get("system_id"))
            and field.store
            and field.comodel_name == "integration.system"
        ]
        self.assertIn("integration.exception", followers)
        for name in followers:
            with self.subTest(model=name):
                self.assertIn("warehouse_ids", str(rules._compute_domain(name)))

    def test_a_change_of_plants_takes_effect_at_once(self):
        self.assign(self.plant)
        message = self.send(self.other)
        self.assertFalse(message.with_user(self.users[0]).has_access("read"))
        self.assign(self.plant | self.other_plant)
        self.assertTrue(message.with_user(self.users[0]).has_access("read"))
