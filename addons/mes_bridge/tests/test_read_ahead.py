"""Reports of several orders that are taken in together."""

from odoo.tests import tagged

from odoo.addons.integration_core import handling

from .common import CODES, MesCase


@tagged("post_install", "-at_install")
class TestReadAhead(MesCase):
    def take(self, *, read_ahead):
        """Take one report of each of five orders in. Returns how many queries it took."""
        deliveries = self.env["integration.delivery"]
        for number in range(5):
            order = self.make_order()
            payload = {"order": order.name, "lot": f"F-{read_ahead}-{number}"}
            payload |= {"quantity": 1, "unit": "EA"}
            deliveries |= self.report(CODES[2], payload, order.name, process_now=False)
        works = [delivery._get_work() for delivery in deliveries]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        if read_ahead:
            handling._read_ahead(deliveries, works)
        for delivery, work in zip(deliveries, works, strict=True):
            handling.process(delivery, work)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_orders_of_a_batch_are_read_at_once(self):
        self.take(read_ahead=True)  # caches
        one_by_one = self.take(read_ahead=False)
        at_once = self.take(read_ahead=True)
        self.assertLess(at_once, one_by_one * 0.92)
