"""Reservations take what permits open, and are not in the way of one another."""

from .common import DispositionCase
from .test_places import PlaceCase


class TestOutOfPlaces(PlaceCase):
    def setUp(self):
        super().setUp()
        self.cage = self.make_place("Cage", is_quarantine=True)
        self.stock_up(self.cage, 10)
        self.ramp = self.warehouse.wh_input_stock_loc_id

    def permit(self, quantity, **subject):
        return self.env["lot.disposition.permit"].create(
            {
                "product_id": self.product.id,
                "quantity": quantity,
                "reason": "Inspected",
                **(subject or {"location_id": self.cage.id}),
            }
        )

    def reserve(self, quantity, source):
        move = self.make_move(self.ramp, quantity, source=source)
        for _time in range(2):  # as the scheduler does, again and again
            move._action_assign()
        lines = move.move_line_ids
        return move, {line.location_id: line.quantity for line in lines}

    def test_what_was_released_is_reserved_and_no_more(self):
        permit = self.permit(4)
        move, reserved = self.reserve(6, self.cage)
        self.assertEqual(reserved, {self.cage: 4})
        other, nothing = self.reserve(6, self.cage)
        self.assertFalse(nothing)
        other._action_cancel()
        move.picked = True
        move.with_user(self.stock_user).sudo()._action_done()
        self.env.flush_all()
        self.assertEqual(permit.remaining_quantity, 0)

    def test_free_goods_make_up_for_what_was_not_released(self):
        self.permit(2)
        self.stock_up(self.shelf, 5)
        _move, reserved = self.reserve(6, self.stock)
        self.assertEqual(reserved, {self.cage: 2, self.shelf: 4})

    def test_package_in_a_held_place_takes_a_permit_for_each(self):
        self.stock_up(self.shelf, 10, self.package)
        self.shelf._set_disposition("quarantined", "Leaking roof")
        self.package._set_disposition("quarantined", "Wet carton")
        self.permit(4, package_id=self.package.id)
        self.assertFalse(self.reserve(6, self.shelf)[1])
        self.permit(3, location_id=self.shelf.id)
        self.assertEqual(self.reserve(6, self.shelf)[1], {self.shelf: 3})

    def test_nothing_released_is_shipped_from_there(self):
        self.permit(4)
        move = self.make_move(self.customers, 4, source=self.cage)
        move._action_assign()
        self.assertFalse(move.move_line_ids)


class TestLots(DispositionCase):
    def permit(self, quantity):
        return self.env["lot.disposition.permit"].create(
            {"lot_id": self.lot_a.id, "quantity": quantity, "reason": "Accepted"}
        )

    def reserve(self, quantity):
        move = self.make_move(self.customers, quantity)
        for _time in range(2):
            move._action_assign()
        return {line.lot_id: line.quantity for line in move.move_line_ids}

    def test_checked_again_a_permit_is_not_overdrawn(self):
        self.hold(self.lot_a, "restricted")
        self.permit(5)
        self.assertEqual(self.reserve(8), {self.lot_a: 5, self.lot_b: 3})
        self.assertEqual(self.reserve(8), {self.lot_b: 7})

    def test_permit_that_opens_nothing_yet_is_in_nobody_s_way(self):
        self.permit(2)  # of a lot that is free
        self.assertEqual(self.reserve(15), {self.lot_a: 10, self.lot_b: 5})
        self.hold(self.lot_a)
        self.hold(self.lot_b)
        self.permit(2)  # of one that is stopped
        self.assertFalse(self.reserve(4))
