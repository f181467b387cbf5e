"""Goods without a lot are held by the place or the package they are in."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from ..exceptions import LotOnHoldError
from .common import DispositionCase


class PlaceCase(DispositionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Screw", "is_storable": True}
        )
        cls.no_lot = cls.env["stock.lot"]
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.stock.id}
        )
        cls.package = cls.env["stock.package"].create({"name": "PACK-1"})

    def stock_up(self, place, quantity, package=None):
        self.env["stock.quant"]._update_available_quantity(
            self.product, place, quantity, package_id=package
        )

    def ship(self, quantity, source, *, package=None):
        move = self.make_move(self.customers, quantity, source=source)
        move.move_line_ids.unlink()
        line = self.prepare_line(
            self.customers, quantity, self.no_lot, source=source
        )
        move.move_line_ids = [
            (0, 0, dict(line, package_id=package.id if package else False))
        ]
        move.picked = True
        move._action_done()

    def assert_stays(self, place, action, words, error=LotOnHoldError):
        before = self.product.with_context(location=place.id).qty_available
        with (
            self.assertRaisesRegex(error, words),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            action()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            self.product.with_context(location=place.id).qty_available, before
        )


class TestPlace(PlaceCase):
    def setUp(self):
        super().setUp()
        self.stock_up(self.shelf, 10)
        self.shelf._set_disposition("quarantined", "Leaking roof")

    def test_what_is_in_it_is_not_reserved_nor_free(self):
        self.assertEqual(self.product.free_qty, 0)
        self.assertEqual(self.product.virtual_available, 0)
        move = self.make_move(self.customers, 4)
        move._action_assign()
        self.assertFalse(move.move_line_ids)

    def test_what_is_in_it_is_not_shipped(self):
        self.assert_stays(
            self.shelf, lambda: self.ship(4, self.shelf), "Leaking roof"
        )

    def test_places_inside_of_it_are_held_as_well(self):
        box = self.make_place("Box", location_id=self.shelf.id)
        self.stock_up(box, 5)
        self.assert_stays(box, lambda: self.ship(4, box), "Leaking roof")

    def test_a_place_around_it_decides_for_lots_too(self):
        lot = self.env["stock.lot"].create({"name": "S", "product_id": self.product.id})
        self.assertEqual(lot.disposition, "released")
        quant = self.quant_in(self.shelf)
        self.assertEqual(quant.disposition, "quarantined")

    def quant_in(self, place):
        return self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", place.id)]
        )

    def test_hold_takes_reservations_back(self):
        self.shelf._set_disposition("released", "Mended")
        move = self.make_move(self.customers, 4)
        move._action_assign()
        self.assertEqual(move.state, "assigned")
        self.shelf._set_disposition("quarantined", "Leaking again")
        self.assertFalse(move.move_line_ids)

    def test_goods_not_kept_in_stock_do_not_stand_in_the_way_of_a_hold(self):
        self.shelf._set_disposition("released", "Mended")
        self.product = self.env["product.product"].create(
            {"name": "Oil", "type": "consu", "is_storable": False}
        )
        move = self.make_move(self.customers, 4, source=self.shelf)
        move._action_assign()
        self.shelf._set_disposition("quarantined", "Leaking again")
        move._action_assign()  # as the scheduler does
        move.picked = True
        with self.assertRaisesRegex(LotOnHoldError, "Leaking again"):
            move._action_done()

    def test_only_quality_takes_out_of_it_and_that_is_on_record(self):
        quant = self.quant_in(self.shelf)
        self.assert_stays(
            self.shelf,
            lambda: quant.with_user(self.stock_user).sudo().move_quants(self.stock),
            "Leaking roof",
        )
        quant.with_user(self.inspector).sudo().move_quants(self.stock)
        self.env.flush_all()
        entry = self.env["lot.disposition.entry"].search(
            [("location_id", "=", self.shelf.id)], limit=1
        )
        self.assertEqual((entry.kind, entry.quantity), ("taken_out", 10))

    def test_status_is_one_of_a_place(self):
        with self.assertRaisesRegex(UserError, "restricted"):
            self.shelf._set_disposition("restricted", "For somebody")

    def test_database_keeps_its_disposition(self):
        self.env.flush_all()
        with (
            self.assertRaises(CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE stock_location SET disposition = 'released' WHERE id = %s",
                    self.shelf.id,
                )
            )


class TestReleaseOfPlaces(PlaceCase):
    """What is in a place or package is released by as many people as its product takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = (
            new_test_user(
                cls.env, login, "lot_disposition.lot_disposition_group_manager"
            )
            for login in ("first-manager", "second-manager")
        )

    def test_strictest_rule_of_what_is_inside(self):
        self.stock_up(self.shelf, 10, self.package)
        self.product.product_tmpl_id.release_people = "two"
        for held in (self.shelf, self.package):
            with self.subTest(held=held):
                held._set_disposition("quarantined", "Leaking roof")
                held.with_user(self.first).set_disposition("released", "Mended")
                self.assertEqual(held.disposition, "quarantined")
                request = self.env["lot.disposition.request"].search(
                    [(held._disposition_column, "=", held.id), ("state", "=", "waiting")]
                )
                self.assertIn(held.display_name, request.display_name)
                request.with_user(self.second).action_approve()
                self.env.flush_all()
                self.assertEqual(held.disposition, "released")

    def test_signature_is_asked_for(self):
        self.stock_up(self.shelf, 10)
        self.product.product_tmpl_id.release_signature = True
        self.shelf._set_disposition("quarantined", "Leaking roof")
        wizard = self.env["lot.disposition.wizard"].new(
            {"location_ids": self.shelf.ids, "status": "released"}
        )
        self.assertTrue(wizard.needs_signature)
        self.shelf.with_user(self.first).set_disposition("released", "Mended")
        self.assertEqual(self.shelf.disposition, "quarantined")

    def test_empty_place_takes_one_person(self):
        self.shelf._set_disposition("quarantined", "Leaking roof")
        self.shelf.with_user(self.first).set_disposition("released", "Mended")
        self.assertEqual(self.shelf.disposition, "released")

    def test_place_becomes_a_quarantine_place(self):
        self.stock_up(self.shelf, 10)
        move = self.make_move(self.customers, 4)
        move._action_assign()
        self.assertEqual(move.state, "assigned")
        self.first.group_ids += self.env.ref("stock.group_stock_manager")
        self.shelf.with_user(self.first).is_quarantine = True
        self.assertFalse(move.move_line_ids)
        entry = self.env["lot.disposition.entry"].search(
            [("location_id", "=", self.shelf.id)]
        )
        self.assertEqual((entry.kind, entry.user_id), ("quarantine", self.first))

    def test_quarantine_place_stays_one_while_it_holds_goods_without_a_lot(self):
        self.first.group_ids += self.env.ref("stock.group_stock_manager")
        self.shelf.is_quarantine = True
        self.stock_up(self.shelf, 10)
        shelf = self.shelf.with_user(self.first)
        self.assert_stays(
            self.shelf, lambda: shelf.write({"is_quarantine": False}), "Screw"
        )
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.shelf.id)]
        )
        quants.with_user(self.first).sudo().move_quants(self.stock)
        shelf.is_quarantine = False
        self.assertFalse(shelf.in_quarantine)

    def test_default_makes_no_quarantine_place(self):
        manager = new_test_user(self.env, "wm", "stock.group_stock_manager")
        places = self.env["stock.location"].with_user(manager)
        with self.assertRaisesRegex(LotOnHoldError, "quality manager"):
            places.with_context(default_is_quarantine=True).create(
                {"name": "Ramp", "location_id": self.stock.id}
            )


class TestQuarantinePlace(PlaceCase):
    def setUp(self):
        super().setUp()
        self.cage = self.make_place("Cage", is_quarantine=True)
        self.stock_up(self.cage, 10)

    def test_what_has_no_lot_is_held_there(self):
        self.assertEqual(self.product.free_qty, 0)
        self.assert_stays(self.cage, lambda: self.ship(4, self.cage), "Cage")

    def test_what_was_brought_there_is_not_edited_out_of_it(self):
        move = self.make_move(self.cage, 3, source=self.suppliers)
        move.quantity = 3
        move.picked = True
        move._action_done()
        line = move.move_line_ids
        mine = line.with_user(self.stock_user)
        for action in (
            lambda: mine.write({"location_dest_id": self.stock.id}),
            lambda: mine.write({"quantity": 1}),
            lambda: mine.move_id.write({"quantity": 1}),
            lambda: mine.write({"result_package_id": self.package.id}),
        ):
            self.assert_stays(self.cage, action, "Cage")
        line.with_user(self.inspector).quantity = 1
        entry = self.env["lot.disposition.entry"].search(
            [("location_id", "=", self.cage.id)], limit=1
        )
        self.assertEqual((entry.kind, entry.user_id), ("correction", self.inspector))

    def test_not_even_for_another_lot_that_is_short(self):
        """Odoo would make up for a shortage from what has no lot."""
        self.product = self.env["product.product"].create(
            {"name": "Resin", "is_storable": True, "tracking": "lot"}
        )
        self.stock_up(self.cage, 10)
        lot = self.env["stock.lot"].create({"name": "B", "product_id": self.product.id})
        self.assert_stays(
            self.cage,
            lambda: self.make_move(
                self.customers, 4, lot=lot, source=self.cage
            )._action_done(),
            "Cage",
        )


class TestPackage(PlaceCase):
    def setUp(self):
        super().setUp()
        self.stock_up(self.shelf, 10, self.package)
        self.package._set_disposition("quarantined", "Wet carton")

    def test_what_is_in_it_is_not_shipped(self):
        self.assert_stays(
            self.shelf,
            lambda: self.ship(4, self.shelf, package=self.package),
            "Wet carton",
        )

    def test_nor_from_beside_it(self):
        self.assert_stays(self.shelf, lambda: self.ship(4, self.shelf), "Wet carton")

    def test_nor_unpacked(self):
        package = self.package.with_user(self.stock_user)
        self.assert_stays(self.shelf, package.unpack, "Wet carton")

    def test_package_inside_of_it_does_not_leave(self):
        inner = self.env["stock.package"].create(
            {"name": "INNER", "parent_package_id": self.package.id}
        )
        self.assertEqual(inner.effective_disposition, "quarantined")
        with self.assertRaisesRegex(LotOnHoldError, "Wet carton"):
            inner.with_user(self.stock_user).parent_package_id = False

    def test_not_reserved_nor_free(self):
        self.assertEqual(self.product.free_qty, 0)
        move = self.make_move(self.customers, 4)
        move._action_assign()
        self.assertFalse(move.move_line_ids)
