from .common import QualityCase


class TestReceiptCorrection(QualityCase):
    """A finished receipt that is unlocked and corrected gets no goods past quality."""

    def setUp(self):
        super().setUp()
        self.picking = self.receive_lots(**{"R-1": 50})
        self.line = self.picking.move_line_ids
        self.first = self.picking.inspection_ids

    def test_quantity_follows_while_nobody_has_begun(self):
        self.line.quantity = 80
        self.assertEqual(self.first.quantity, 80)
        self.assertEqual(self.line.quality_inspection_id, self.first)

    def test_more_after_the_verdict_is_inspected_again(self):
        self.enter(self.first).action_conclude()
        self.line.quantity = 80
        second = self.line.quality_inspection_id
        self.assertNotEqual(second, self.first)
        self.assertEqual((second.state, second.quantity), ("draft", 80))
        self.assertEqual(self.first.lot_id.disposition, "pending")

    def test_less_after_the_verdict_changes_nothing(self):
        self.enter(self.first).action_conclude()
        self.line.quantity = 20
        self.assertEqual(self.line.quality_inspection_id, self.first)
        self.assertEqual(self.first.lot_id.disposition, "released")

    def test_another_lot_gets_an_inspection_of_its_own(self):
        other = self.env["stock.lot"].create(
            {"name": "R-2", "product_id": self.resin.id}
        )
        self.line.lot_id = other
        second = self.line.quality_inspection_id
        self.assertEqual(second.lot_id, other)
        self.assertEqual(other.disposition, "pending")
        self.assertEqual(self.first.state, "cancelled")

    def test_line_added_to_a_finished_receipt_is_inspected(self):
        lot = self.env["stock.lot"].create({"name": "R-3", "product_id": self.resin.id})
        self.add_line(self.picking, lot_id=lot.id, quantity=7)
        self.assertEqual(lot.inspection_ids.quantity, 7)
        self.assertEqual(lot.disposition, "pending")
