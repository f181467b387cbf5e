from datetime import timedelta

from .common import StockIntegrationCase


class TestDashboard(StockIntegrationCase):
    """What is stuck shows on the dashboard of operations."""

    def count(self):
        tiles = self.env["integration.dashboard"]._get_operations_tiles()
        return next(t["value"] for t in tiles if t["key"] == "stock_updates")

    def test_only_inventory_updates_that_wait_for_long_are_stuck(self):
        self.grant("stock.snapshot", "connection.tested")
        before = self.count()
        snapshot = {"snapshot_id": "A", "as_of": "2026-01-01T00:00:00Z", "lines": []}
        stuck = self.receive("stock.snapshot", snapshot, process_now=False)
        other = self.receive("connection.tested", {"text": "x"}, process_now=False)
        self.assertEqual(self.count(), before)
        for message in stuck, other:
            message.delivery_ids.received_at -= timedelta(hours=2)
        self.assertEqual(self.count(), before + 1)
