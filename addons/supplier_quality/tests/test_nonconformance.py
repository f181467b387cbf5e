from odoo.exceptions import AccessError, UserError

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import QualityCase


class TestNonconformance(QualityCase):
    """Opened by a failed inspection or by hand, contained, and closed on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good_lot = cls.env["stock.lot"].create(
            {"name": "OLD-1", "product_id": cls.resin.id}
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.resin, cls.stock, 20, lot_id=cls.good_lot
        )

    def open_by_hand(self, **values):
        return (
            self.env["quality.nonconformance"]
            .with_user(self.inspector)
            .create(
                {
                    "lot_id": self.good_lot.id,
                    "description": "Drum is dented\nand leaks",
                    "quantity": 5,
                    **values,
                }
            )
        )

    def test_containing_quarantines_the_lot(self):
        found = self.open_by_hand()
        self.assertEqual(found.product_id, self.resin)
        self.assertEqual(self.good_lot.disposition, "released")
        found.action_contain()
        self.assertEqual(found.state, "contained")
        self.assertEqual(found.contained_by_id, self.inspector)
        self.assertEqual(self.good_lot.disposition, "quarantined")
        with self.assertRaisesRegex(LotOnHoldError, "Drum is dented and leaks"):
            self.ship(self.good_lot)

    def test_containing_takes_back_reservations(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self.resin.id,
                "product_uom": self.resin.uom_id.id,
                "product_uom_qty": 5,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        self.assertEqual(move.quantity, 5)
        self.open_by_hand().action_contain()
        self.assertEqual(move.quantity, 0)

    def test_rejected_lot_stays_rejected(self):
        self.good_lot._set_disposition("rejected", "Burnt")
        found = self.open_by_hand()
        found.action_contain()
        self.assertEqual(self.good_lot.disposition, "rejected")
        self.assertEqual(found.state, "contained")

    def test_without_a_lot_there_is_nothing_to_contain(self):
        found = self.open_by_hand(lot_id=False, product_id=self.resin.id)
        with self.assertRaises(UserError):
            found.action_contain()

    def test_closing_needs_containment_and_a_resolution(self):
        found = self.open_by_hand().with_user(self.manager)
        found.resolution = "Drum replaced"
        with self.assertRaisesRegex(UserError, "Contain"):
            found.action_close()
        found.action_contain()
        found.resolution = " "
        with self.assertRaisesRegex(UserError, "Write down"):
            found.action_close()
        found.resolution = "Drum replaced"
        found.action_close()
        self.assertEqual((found.state, found.closed_by_id), ("closed", self.manager))
        self.assertEqual(self.good_lot.disposition, "quarantined")

    def test_inspector_does_not_close(self):
        found = self.open_by_hand(resolution="Nothing to see")
        found.action_contain()
        with self.assertRaises(AccessError):
            found.action_close()

    def test_it_stays_on_record(self):
        found = self.open_by_hand().with_user(self.manager)
        with self.assertRaises(AccessError):
            found.unlink()
        with self.assertRaises(UserError):
            found.sudo().unlink()

    def test_opening_is_published(self):
        found = self.open_by_hand(severity="critical")
        message = self.published("nonconformance.opened", found)
        self.assertEqual(message.payload["nonconformance"], found.name)
        self.assertEqual(message.payload["severity"], "critical")
        self.assertIsNone(message.payload["inspection"])
        self.assertFalse(message.contract_id._find_payload_faults(message.payload))
