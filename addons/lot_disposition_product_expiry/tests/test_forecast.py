from datetime import timedelta

from odoo import fields

from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestForecast(DispositionCase):
    def setUp(self):
        super().setUp()
        self.product.use_expiration_date = True
        self.lot_a.removal_date = fields.Datetime.now() - timedelta(days=2)

    def read_forecast(self):
        self.product.invalidate_recordset()
        self.env.flush_all()
        [(curve,)] = self.env["report.stock.quantity"]._read_group(
            [
                ("product_id", "=", self.product.id),
                ("state", "=", "forecast"),
                ("date", "=", fields.Date.today()),
            ],
            aggregates=["product_qty:sum"],
        )
        return self.product.free_qty, self.product.virtual_available, curve

    def test_expired_goods_on_hold_are_left_out_once(self):
        self.assertEqual(self.read_forecast(), (10, 10, 10))
        self.hold(self.lot_a)
        self.assertEqual(self.read_forecast(), (10, 10, 10))
        self.hold(self.lot_b)
        self.assertEqual(self.read_forecast(), (0, 0, 0))
