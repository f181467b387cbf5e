from datetime import timedelta

from odoo import fields

from odoo.addons.mes_bridge.tests.test_downtime import DowntimeCase


class TestMaintenance(DowntimeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.equipment = cls.env["maintenance.equipment"].create(
            {"name": "Press 4", "mes_workcenter_id": cls.centre.id}
        )

    def test_long_downtime_is_one_request_with_machine_reason_and_duration(self):
        downtime = self.stand("D1", minutes=45)
        request = downtime.maintenance_request_id
        self.assertEqual(request.equipment_id, self.equipment)
        self.assertIn("45 minutes", request.description)
        self.assertIn("Equipment Failure", request.name)
        self.assertEqual(request.duration, 0.75)
        self.stand("D1", minutes=50)
        self.assertEqual(request.schedule_end, downtime.ended_at)
        self.assertEqual(downtime.maintenance_request_id, request)

    def test_short_downtime_is_one_only_when_it_comes_often(self):
        for name in ("D1", "D2"):
            self.assertFalse(self.stand(name, minutes=2).maintenance_request_id)
        self.assertTrue(self.stand("D3", minutes=2).maintenance_request_id)

    def test_waiting_for_better_quality_is_no_matter_of_maintenance(self):
        downtime = self.stand("D1", minutes=45, reason_code="DEFECT")
        self.assertFalse(downtime.maintenance_request_id)

    def test_what_still_stands_is_noticed_without_a_report(self):
        downtime = self.stand("D1")
        self.assertFalse(downtime.maintenance_request_id)
        downtime.started_at = fields.Datetime.now() - timedelta(minutes=31)
        self.env["mes.downtime"]._cron_request_maintenance()
        self.assertTrue(downtime.maintenance_request_id)
