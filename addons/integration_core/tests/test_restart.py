from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError

from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_message_queries as queries
from .common import IntegrationCase

CODE = "connection.tested"


class TestRestart(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.systems = cls.system
        for code in ("second", "third"):
            cls.systems += cls.env["integration.system"].create(
                {"name": code, "code": code, "state": "active"}
            )
        for system in cls.systems:
            cls.grant(CODE, system=system)
        cls.restart = cls.env["integration.restart"].create(
            {
                "name": "Power cut",
                "step_ids": [
                    Command.create({"system_id": system.id, "sequence": turn})
                    for system, turn in zip(cls.systems, (1, 2, 2), strict=True)
                ],
            }
        )

    def send(self, system):
        message = self.receive(CODE, {"text": "x"}, system=system, process_now=False)
        return message.delivery_ids

    def claim(self):
        self.env.flush_all()
        lanes = self.env["integration.lane"].search([])
        found = [
            delivery_id
            for lane in lanes
            for delivery_id in delivery_queries.claim(
                self.env.cr, lane.id, 1, direction="in", limit=50, lease_seconds=60
            )
        ]
        self.env.invalidate_all()
        return self.env["integration.delivery"].browse(found)

    def finish(self, deliveries):
        deliveries.write({"state": "done", "finished_at": queries.now()})
        self.restart._advance()

    def test_each_goes_on_when_those_before_have_worked_off(self):
        first, second, third = (self.send(system) for system in self.systems)
        self.restart.action_pause()
        self.assertFalse(self.claim())
        self.restart.action_start()
        self.assertEqual(self.claim(), first)
        self.restart._advance()
        self.assertFalse(self.claim())
        self.finish(first)
        claimed = self.claim()
        self.assertEqual(claimed, second + third)
        self.finish(claimed)
        self.assertEqual(self.restart.state, "done")
        self.assertFalse(any(self.systems.mapped("is_paused")))

    def test_who_has_nothing_to_do_holds_nobody_up(self):
        third = self.send(self.systems[2])
        self.restart.action_start()
        self.assertEqual(self.claim(), third)

    def test_nobody_waits_longer_than_the_patience(self):
        self.send(self.systems[0])
        self.restart.action_start()
        self.assertEqual(self.restart.state, "running")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=61)):
            self.restart._advance()
        self.assertEqual(self.restart.step_ids[0].state, "overdue")
        self.assertEqual(self.restart.state, "done")

    def test_messages_are_taken_in_while_work_waits(self):
        self.restart.action_pause()
        self.assertEqual(self.send(self.systems[0]).state, "pending")
        self.restart.action_cancel()
        self.assertEqual(len(self.claim()), 1)
        with self.assertRaises(UserError):
            self.restart.action_start()

    def test_every_active_system_is_added_once(self):
        self.restart.action_add_systems()
        self.restart.action_add_systems()
        active = self.env["integration.system"].search(
            [("state", "=", "active"), ("company_id", "=", self.env.company.id)]
        )
        self.assertEqual(self.restart.step_ids.system_id, active)
