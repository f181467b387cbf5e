from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_endpoint_queries as endpoint_queries
from ..sending import Request, Sender
from .common import IntegrationCase


class SendingCase(IntegrationCase):
    """An endpoint, deliveries to it, and a sender that sends nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.endpoint = cls.env["integration.endpoint"].create(
            {
                "name": "Sink",
                "system_id": cls.system.id,
                "url": "https://sink.example.com",
            }
        )
        cls.Health = cls.env["integration.endpoint.health"]

    def claim(self):
        found = []
        for lane in self.env["integration.lane"].search([]):
            found += delivery_queries.claim(
                self.env.cr,
                lane.id,
                1,
                direction="out",
                limit=50,
                lease_seconds=60,
                max_per_endpoint=8,
            )
        self.env.invalidate_all()
        return self.env["integration.delivery"].browse(found)

    def hold_back(self, claimed):
        """Return what a sender does not put back of what it claimed."""
        target = self.endpoint._get_target(self.endpoint.id)
        rows = self.read_rows(claimed)
        kept = Sender(self.registry, 8, 1)._hold_back(self.env, target, rows)
        return claimed.browse([row.work.delivery_id for row in kept])

    def read_rows(self, claimed):
        return endpoint_queries.read_outgoing(self.env.cr, claimed.ids)

    def come_back(self, claimed, outcome, worker=1):
        """Let requests come back with an outcome, to the worker that had claimed them."""
        target = self.endpoint._get_target(self.endpoint.id)
        found = [(Request(target, row), outcome) for row in self.read_rows(claimed)]
        Sender(self.registry, 8, worker)._write_down(self.env, found)
        self.env.flush_all()
        self.env.invalidate_all()

    def outbound(self, count=1, endpoint=None):
        """Open deliveries to an endpoint, as publishing does."""
        endpoint = endpoint or self.endpoint
        message = self.receive("connection.tested", {"text": "x"}, process_now=False)
        vals = message.delivery_ids.copy_data()[0] | {
            "direction": "out",
            "endpoint_id": endpoint.id,
        }
        deliveries = self.env["integration.delivery"]
        for _number in range(count):
            source = self.receive("connection.tested", {"text": "x"}, process_now=False)
            source.delivery_ids.unlink()
            deliveries += deliveries.create(vals | {"message_id": source.id})
        message.delivery_ids.unlink()
        self.env.flush_all()
        return deliveries
