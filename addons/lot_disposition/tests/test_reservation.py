from .common import DispositionCase


class TestReservation(DispositionCase):
    def test_held_lot_is_not_reserved(self):
        self.hold(self.lot_a)
        move = self.make_move(self.customers, 15)
        move._action_assign()
        self.assertEqual(move.move_line_ids.lot_id, self.lot_b)
        self.assertEqual(sum(move.move_line_ids.mapped("quantity")), 10)
        self.assertEqual(move.state, "partially_available")

    def test_every_held_status_keeps_from_production(self):
        for status in ("pending", "restricted", "quarantined", "rejected"):
            with self.subTest(status=status):
                self.hold(self.lot_a, status)
                self.hold(self.lot_b, status)
                move = self.make_move(self.production)
                move._action_assign()
                self.assertFalse(move.move_line_ids)
                move._action_cancel()

    def test_held_lot_can_be_reserved_into_quarantine(self):
        place = self.env["stock.location"].create(
            {
                "name": "Cage",
                "location_id": self.stock.id,
                "is_quarantine": True,
            }
        )
        self.hold(self.lot_a)
        self.hold(self.lot_b)
        move = self.make_move(place, 15)
        move._action_assign()
        self.assertEqual(move.state, "assigned")
        move.picked = True
        move._action_done()
        self.assertEqual(move.state, "done")

    def test_placing_a_hold_takes_reservations_back_and_finds_other_stock(self):
        move = self.make_move(self.customers, 6)
        move._action_assign()
        first = move.move_line_ids.lot_id
        other = (self.lot_a | self.lot_b) - first
        move.picked = True
        self.hold(first)
        self.assertEqual(move.move_line_ids.lot_id, other)
        quant = self.env["stock.quant"].search(
            [
                ("lot_id", "=", first.id),
                ("location_id", "=", self.stock.id),
            ]
        )
        self.assertEqual(quant.reserved_quantity, 0)

    def test_held_stock_is_not_free(self):
        self.assertEqual(self.product.free_qty, 20)
        self.hold(self.lot_a)
        self.product.invalidate_recordset()
        self.assertEqual(self.product.qty_available, 20)
        self.assertEqual(self.product.free_qty, 10)
        self.assertEqual(self.product.virtual_available, 10)
        self.assertEqual(self.product.held_qty, 10)

    def test_pending_stock_is_not_free_but_expected(self):
        self.hold(self.lot_a, "pending")
        self.product.invalidate_recordset()
        self.assertEqual(self.product.free_qty, 10)
        self.assertEqual(self.product.virtual_available, 20)

    def test_release_makes_it_free_again(self):
        self.hold(self.lot_a)
        self.hold(self.lot_a, "released", "Retested")
        move = self.make_move(self.customers, 20)
        move._action_assign()
        self.assertEqual(move.state, "assigned")
