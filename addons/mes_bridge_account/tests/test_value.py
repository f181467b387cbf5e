from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.mes_bridge.tests import day as days
from odoo.addons.mes_bridge.tests.test_day import DayCase


class TestValue(DayCase):
    """What is made costs what was used and worked, however it was reported."""

    def close(self):
        order = self.release(self.assembled, 2)
        day = days.Day(order.name)
        day.report(1, lot=f"{order.name}-1")
        day.consume("M-RAW", 4, lot="A")
        day.report(1, lot=f"{order.name}-2")
        day.complete()
        self.play(day.reports)
        self.assertEqual(order.state, "closed")
        return order

    def test_parts_cost_the_same_although_one_came_before_its_material(self):
        order = self.close()
        made = order.production_id.move_finished_ids.filtered("mes_event_id")
        self.assertEqual(made.mapped("value"), [6.0, 6.0])
        self.assertEqual(self.machine.standard_price, 6.0)

    def test_scrap_is_the_orders_cost(self):
        order = self.release(self.assembled, 2)
        day = days.Day(order.name)
        day.consume("M-RAW", 4, lot="A")
        day.report(1, lot=f"{order.name}-1")
        day.say("scrapped", lot=f"{order.name}-2", quantity=1, unit="EA")
        day.complete()
        self.play(day.reports)
        made = order.production_id.move_finished_ids.filtered("mes_event_id")
        self.assertEqual(sum(made.mapped("value")), 12.0)

    def test_a_locked_period_is_not_corrected(self):
        order = self.close()
        tomorrow = fields.Date.context_today(order) + timedelta(days=1)
        # Odoo wants statements reconciled first; demo data has some that are not.
        self.patch(type(self.env.company), "_validate_locks", lambda *_args: None)
        self.env.company.fiscalyear_lock_date = tomorrow
        with self.assertRaisesRegex(UserError, "accounting has locked"):
            order.action_reopen()
