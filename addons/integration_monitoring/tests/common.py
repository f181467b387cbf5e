from odoo import api, fields

from odoo.addons.integration_core.tests.common import IntegrationCase


class MonitoringCase(IntegrationCase):
    """A flow that is added up on demand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.system.timezone = "UTC"
        cls.Hour = cls.env["integration.flow.hour"]
        cls.domain = [("system_id", "=", cls.system.id)]

    def send(self, count=1, **options):
        for _number in range(count):
            message = self.receive("connection.tested", {"text": "x"}, **options)
        self.env.flush_all()
        return message

    def add_up(self):
        """Run the scheduled action, whose commits stay inside the test."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            api.Environment(cr, self.uid, {})["integration.flow.cursor"]._cron_add_up()
        self.env.invalidate_all()

    def put_hour(self, hour, **values):
        """Put the figures of an hour of the test system on record."""
        return self.Hour.create(
            {
                "hour": hour,
                "company_id": self.system.company_id.id,
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                "direction": "in",
                **values,
            }
        )

    def this_hour(self):
        return fields.Datetime.now().replace(minute=0, second=0)
