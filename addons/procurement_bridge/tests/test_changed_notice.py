from datetime import datetime, timedelta

from .common import ShipmentCase


class TestChangedNotice(ShipmentCase):
    """The same notice again changes nothing; a newer one takes its place."""

    def test_same_notice_again_changes_nothing(self):
        notice = self.get_notice(self.advise())
        before = self.receipt.move_line_ids
        messages = (
            notice.message_ids | self.receipt.message_ids | self.order.message_ids
        )
        again = self.advise()
        self.assertEqual(again.delivery_ids.state, "ignored")
        self.assertEqual(self.get_notice(again), notice)
        self.assertEqual(self.receipt.move_line_ids, before)
        self.assertEqual(
            notice.message_ids | self.receipt.message_ids | self.order.message_ids,
            messages,
        )

    def test_changed_notice_takes_the_place_of_the_first(self):
        notice = self.get_notice(self.advise())
        changed = self.advise(
            self.steel_line(("A", 100)),
            {"item": "GLOVES", "unit": "PCE", "quantity": 30},
            revision=2,
        )
        self.assertEqual(self.get_notice(changed), notice)
        self.assertEqual(notice.revision, 2)
        self.assertEqual(self.read_receipt(self.steel), {"A": 100})
        self.assertEqual(self.read_receipt(self.gloves), {False: 30})

    def test_item_taken_off_a_notice_shows_its_demand_again(self):
        self.advise()
        self.advise({"item": "GLOVES", "unit": "PCE", "quantity": 30}, revision=2)
        self.assertEqual(self.read_receipt(self.steel), {False: 200})

    def test_late_older_revision_is_ignored(self):
        self.advise(self.steel_line(("A", 100)), revision=3)
        late = self.advise(revision=2)
        self.assertEqual(late.delivery_ids.state, "ignored")
        self.assertEqual(self.read_receipt(self.steel), {"A": 100})

    def test_same_revision_written_earlier_is_ignored(self):
        now = datetime(2026, 11, 15, 12)
        self.advise(self.steel_line(("A", 100)), envelope={"occurred_at": now})
        early = {"occurred_at": now - timedelta(hours=1)}
        self.assertEqual(self.advise(envelope=early).delivery_ids.state, "ignored")
        late = {"occurred_at": now + timedelta(hours=1)}
        self.assertEqual(self.advise(envelope=late).delivery_ids.state, "done")
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})

    def test_changed_notice_after_the_receipt_parks(self):
        self.advise()
        self.receipt.move_line_ids.picked = True
        self.receipt._action_done()
        message = self.advise(self.steel_line(("A", 100)), revision=2)
        self.assert_parked(
            message, "procurement_bridge.receipt_done", "ASN-1", self.receipt.name
        )

    def test_changed_notice_while_counting_parks(self):
        self.advise()
        self.receipt.move_line_ids.filtered(
            lambda m: m.lot_id.name == "A"
        ).picked = True
        message = self.advise(self.steel_line(("A", 100)), revision=2)
        self.assert_parked(message, "procurement_bridge.receipt_done")
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})

    def test_two_notices_for_one_receipt(self):
        first = self.get_notice(self.advise(self.steel_line(("A", 120))))
        second = self.get_notice(self.advise(self.steel_line(("B", 80)), asn="ASN-2"))
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})
        self.assertEqual(self.receipt.shipment_notice_ids, first | second)

    def test_same_number_of_another_supplier_is_another_notice(self):
        self.system.partner_id = False
        other = self.env["res.partner"].create({"name": "Southern Steel"})
        self.map("supplier", "V-2", other)
        first = self.get_notice(self.advise())
        self.order = self._create_order((self.steel, 200), partner=other)
        second = self.get_notice(self.advise(supplier="V-2"))
        self.assertNotEqual(first, second)
