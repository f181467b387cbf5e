from unittest.mock import patch

from odoo.exceptions import UserError

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.mes_bridge.tests.common import CODES, MesCase


class TestHolds(MesCase):
    """A hold holds on the shop floor too."""

    def consume(self, order, lot):
        return self.report(
            CODES[1],
            {
                "order": order.name,
                "item": "M-RAW",
                "lot": lot,
                "quantity": 2,
                "unit": "EA",
            },
            f"hold-{lot}",
        )

    def test_a_held_lot_that_was_used_is_asked_about_and_goes_on_once_released(self):
        order = self.make_order()
        self.lots["A"]._set_disposition("quarantined", "Moisture")
        delivery = self.consume(order, "A")
        self.assertEqual(delivery.state, "parked", delivery.last_error)
        exception = delivery.exception_id
        self.assertEqual(exception.kind_id.code, "mes_bridge.lot_on_hold")
        self.assertEqual(
            (exception.mes_order_id, exception.mes_lot_id), (order, self.lots["A"])
        )
        self.assertFalse(order.event_ids)
        self.assertEqual(self.consume(order, "B").state, "done")
        self.lots["A"]._set_disposition("released", "Dried")
        self.assertEqual((delivery.state, exception.state), ("pending", "resolved"))
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)

    def test_an_order_is_not_released_with_a_held_lot(self):
        production = self.env["mrp.production"].create(
            {"product_id": self.finished.id, "product_qty": 1, "bom_id": self.bom.id}
        )
        production.action_confirm()
        production.action_assign()
        line = production.move_raw_ids.move_line_ids.filtered("lot_id")
        refuse = LotOnHoldError(f"Lot {line.lot_id.name} is pending")
        with (
            # As when an import reserved a lot without asking.
            patch.object(type(line), "_check_lot_use", side_effect=refuse),
            self.assertRaisesRegex(UserError, "is pending"),
        ):
            production.action_release_to_mes()

    def test_a_hold_takes_the_lot_from_an_order_before_its_release(self):
        for lot in self.lots.values():
            lot._set_disposition("quarantined", "Moisture")
        with self.assertRaisesRegex(UserError, "lacks .*RAW"):
            self.make_order()
