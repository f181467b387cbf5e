from datetime import timedelta

from odoo import Command, fields

from .common import MesCase


class DowntimeCase(MesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("production.downtime")
        cls.centre = cls.env["mrp.workcenter"].create({"name": "Press 4"})
        cls.map("work_centre", "PRESS-4", cls.centre)
        cls.map("downtime_reason", "DEFECT", cls.env.ref("mrp.block_reason5"))
        cls.bom.operation_ids = [
            Command.create({"name": "Moulding", "workcenter_id": cls.centre.id})
        ]
        cls.since = fields.Datetime.now() - timedelta(minutes=20)

    def stand(self, name, *, minutes=None, **payload):
        """Report a standstill, over after some minutes or not. Returns it."""
        if minutes is not None:
            until = self.since + timedelta(minutes=minutes)
            payload["to"] = until.isoformat() + "Z"
        message = self.receive(
            "production.downtime",
            {
                "downtime": name,
                "work_centre": "PRESS-4",
                "from": self.since.isoformat() + "Z",
                **payload,
            },
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        return self.env["mes.downtime"].search([("name", "=", name)])


class TestDowntime(DowntimeCase):
    """A standstill: time lost, planning, orders at risk."""

    def test_what_lasts_blocks_planning_and_not_the_work_centre(self):
        order = self.make_order()
        downtime = self.stand("D1")
        self.assertEqual(downtime.order_at_risk_ids, order)
        self.assertEqual(order.at_risk_by_id, downtime)
        self.assertNotEqual(self.centre.working_state, "blocked")
        self.assertFalse(downtime.productivity_id)
        absence = self.env["resource.calendar.leaves"].search(
            [("resource_id", "=", self.centre.resource_id.id)]
        )
        self.assertEqual(absence.date_from, downtime.started_at)
        self.assertGreater(absence.date_to, fields.Datetime.now())

    def test_what_is_over_is_lost_time_with_its_reason(self):
        order = self.make_order()
        self.stand("D1")
        downtime = self.stand("D1", minutes=15)
        lost = downtime.productivity_id
        self.assertEqual((lost.date_end - lost.date_start).seconds, 15 * 60)
        self.assertEqual(lost.loss_id, self.env.ref("mrp.block_reason1"))
        self.assertFalse(order.at_risk_by_id)

    def test_an_end_that_overtakes_its_begin_stays_the_end(self):
        self.stand("D1", minutes=15)
        downtime = self.stand("D1")
        self.assertEqual((downtime.state, round(downtime.minutes)), ("closed", 15))

    def test_two_machines_may_use_the_same_number(self):
        other = self.env["mrp.workcenter"].create({"name": "Press 5"})
        self.map("work_centre", "PRESS-5", other)
        self.stand("1")
        found = self.stand("1", work_centre="PRESS-5")
        self.assertEqual(found.workcenter_id, self.centre | other)

    def test_planning_goes_on_around_what_goes_on_standing(self):
        downtime = self.stand("D1")
        downtime.leave_id.date_to = downtime.started_at + timedelta(minutes=1)
        self.env["mes.downtime"]._cron_watch()
        self.assertGreater(downtime.leave_id.date_to, fields.Datetime.now())

    def test_an_order_stays_at_risk_while_another_machine_stands(self):
        order = self.make_order()
        first, second = self.stand("D1"), self.stand("D2")
        self.assertEqual(order.at_risk_by_id, first)
        self.stand("D1", minutes=15)
        self.assertEqual(order.at_risk_by_id, second)
        self.stand("D2", minutes=15)
        self.assertFalse(order.at_risk_by_id)

    def test_what_never_was_leaves_no_trace(self):
        order = self.make_order()
        first = self.stand("D1", minutes=15)
        self.stand("D1", cancelled=True)
        self.assertEqual(first.state, "cancelled")
        self.assertFalse(first.productivity_id.exists())
        self.assertFalse(first.leave_id.exists())
        second = self.stand("D2")
        self.assertEqual(order.at_risk_by_id, second)
        second.action_cancel()
        self.assertFalse(second.leave_id)
        self.assertFalse(order.at_risk_by_id)

    def test_an_end_before_the_begin_is_asked_about(self):
        message = self.receive(
            "production.downtime",
            {
                "downtime": "D9",
                "work_centre": "PRESS-4",
                "from": "2026-03-24T10:00:00Z",
                "to": "2026-03-24T09:00:00Z",
            },
        )
        exception = message.delivery_ids.exception_id
        self.assertEqual(exception.kind_id.code, "mes_bridge.interval_reversed")
