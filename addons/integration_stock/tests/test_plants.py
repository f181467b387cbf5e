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
            found = self.env["integration.message"].with_user(user).search(
                [("id", "in", everything.ids)]
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

    def test_a_change_of_plants_takes_effect_at_once(self):
        self.assign(self.plant)
        message = self.send(self.other)
        self.assertFalse(message.with_user(self.users[0]).has_access("read"))
        self.assign(self.plant | self.other_plant)
        self.assertTrue(message.with_user(self.users[0]).has_access("read"))
