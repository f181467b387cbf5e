from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestSubcontracting(DispositionCase):
    def setUp(self):
        super().setUp()
        self.elsewhere = self.env.company.subcontracting_location_id

    def test_what_waits_for_inspection_stays_in_the_house(self):
        self.assertEqual(self.elsewhere.usage, "internal")
        self.hold(self.lot_a, "pending")
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.make_move(self.elsewhere, 2, lot=self.lot_a)._action_done()

    def test_what_is_there_is_not_consumed_once_it_is_held(self):
        self.make_move(self.elsewhere, 2, lot=self.lot_a)._action_done()
        self.hold(self.lot_a)
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.make_move(
                self.production, 2, lot=self.lot_a, source=self.elsewhere
            )._action_done()

    def test_released_lots_go_there(self):
        self.make_move(self.elsewhere, 2, lot=self.lot_a)._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def test_what_is_stopped_comes_back_to_quarantine_or_not_at_all(self):
        self.env["stock.location"].search(
            [("is_quarantine", "=", True)]
        ).is_quarantine = False
        self.make_move(self.elsewhere, 6, lot=self.lot_a)._action_done()
        self.hold(self.lot_a)
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A.*quarantine location"):
            self.come_back()
        cage = self.make_place("Cage", is_quarantine=True)
        move = self.come_back()
        self.assertEqual(move.move_line_ids.location_dest_id, cage)
        self.env.flush_all()
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def come_back(self):
        move = self.make_move(self.stock, 2, lot=self.lot_a, source=self.elsewhere)
        move._action_done()
        return move
