from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import ShipmentCase


class TestReceipt(ShipmentCase):
    """What becomes of a ship notice when its goods come in, or do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dock = new_test_user(cls.env, "dock", groups="stock.group_stock_user")

    def receive_lots(self, *names, receipt=None, backorder=True):
        """Pick these lots at the dock and validate, as a warehouse user."""
        receipt = (receipt or self.receipt).with_user(self.dock)
        receipt.move_line_ids.filtered(lambda m: m.lot_id.name in names).picked = True
        receipt.with_context(cancel_backorder=not backorder)._action_done()
        return self.env["stock.picking"].search([("backorder_id", "=", receipt.id)])

    def test_receipt_brings_the_lots_into_stock(self):
        notice = self.get_notice(self.advise())
        self.receive_lots("A", "B")
        self.assertEqual((notice.state, notice.is_in_transit), ("arrived", False))
        self.assertTrue(notice.arrived_at)
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.steel.id),
                ("location_id.usage", "=", "internal"),
            ]
        )
        self.assertEqual(
            {q.lot_id.name: q.quantity for q in quants}, {"A": 120, "B": 80}
        )

    def test_validate_button_takes_the_advised_quantities(self):
        self.order = self._create_order((self.steel, 200))
        receipt = self.order.picking_ids
        self.get_notice(self.advise(self.steel_line(("A", 50))))
        action = receipt.with_user(self.dock).button_validate()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.dock)
            .with_context(**action["context"])
            .create({})
        )
        wizard.process()
        self.assertEqual(receipt.state, "done")
        self.assertEqual(self.steel.qty_available, 50)

    def test_lot_that_did_not_come_waits_on_the_backorder(self):
        notice = self.get_notice(self.advise())
        backorder = self.receive_lots("A")
        self.assertEqual(self.read_receipt(self.steel, backorder), {"B": 80})
        self.assertEqual(notice.state, "applied")
        self.assertEqual(notice.picking_id, backorder)
        self.assertEqual(notice.picking_ids, self.receipt | backorder)
        self.receive_lots("B", receipt=backorder)
        self.assertEqual(notice.state, "arrived")

    def test_second_truck_waits_on_the_backorder(self):
        first = self.get_notice(self.advise(self.steel_line(("A", 120))))
        second = self.get_notice(self.advise(self.steel_line(("B", 80)), asn="ASN-2"))
        backorder = self.receive_lots("A")
        self.assertEqual(first.state, "arrived")
        self.assertEqual((second.state, second.picking_id), ("applied", backorder))
        self.assertEqual(self.read_receipt(self.steel, backorder), {"B": 80})

    def test_notice_for_the_rest_finds_the_backorder(self):
        self.advise(self.steel_line(("A", 120)))
        backorder = self.receive_lots("A")
        second = self.get_notice(self.advise(self.steel_line(("B", 80)), asn="ASN-2"))
        self.assertEqual(second.picking_id, backorder)

    def test_short_delivery_has_arrived(self):
        notice = self.get_notice(self.advise(self.steel_line(("A", 120))))
        line = self.receipt.move_line_ids.filtered("lot_id")
        line.quantity = 110
        backorder = self.receive_lots("A")
        self.assertEqual(notice.state, "arrived")
        self.assertFalse(backorder.shipment_notice_ids)

    def test_rest_nobody_waits_for_is_told_in_the_chatter(self):
        notice = self.get_notice(self.advise())
        self.receive_lots("A", backorder=False)
        self.assertEqual(notice.state, "arrived")
        self.assertIn("only 0.00 are open", notice.message_ids.sorted("id")[-1].body)

    def test_cancelled_receipt_takes_the_notice_off(self):
        notice = self.get_notice(self.advise())
        self.receipt.action_cancel()
        self.assertEqual((notice.state, notice.is_in_transit), ("received", True))
        self.assertFalse(notice.picking_ids)
        with self.assertRaisesRegex(UserError, "only 0.00 are open"):
            notice.with_user(self.dock).action_apply()
        self.order.order_line[0].product_qty += 200
        notice.with_user(self.dock).action_apply()
        self.assertEqual(notice.state, "applied")

    def test_lots_the_dock_counted_by_hand_are_not_overwritten(self):
        line = self.receipt.move_line_ids.filtered(lambda m: m.product_id == self.steel)
        line.write({"lot_name": "SEEN", "quantity": 150})
        message = self.advise(self.steel_line(("A", 60)))
        self.assert_parked(
            message, "procurement_bridge.over_delivery", "60.00", "50.00"
        )
        self.assertEqual((line.lot_name, line.quantity), ("SEEN", 150))

    def test_late_notices_are_found(self):
        notice = self.get_notice(self.advise())
        Notices = self.env["procurement.shipment.notice"]
        for now, late in (
            (datetime(2026, 11, 16, 6), False),
            (datetime(2026, 11, 17), True),
        ):
            with freeze_time(now):
                notice.invalidate_recordset(["is_late"])
                self.assertEqual(notice.is_late, late)
                self.assertEqual(
                    notice in Notices.search([("is_late", "=", True)]), late
                )

    def test_buttons_open_the_notice_and_its_receipt(self):
        notice = self.get_notice(self.advise())
        action = self.receipt.with_user(self.dock).action_open_shipment_notices()
        self.assertEqual(action["res_id"], notice.id)
        self.assertEqual(self.order.action_open_shipment_notices()["res_id"], notice.id)
        self.assertEqual(self.receipt.shipment_notice_count, 1)
        self.assertEqual(notice.action_open_receipts()["res_id"], self.receipt.id)
