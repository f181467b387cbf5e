"""What is held lower down is not taken by naming the place around it, or another lot."""

from odoo.tests import new_test_user

from ..exceptions import LotOnHoldError
from .common import DispositionCase
from .test_bypasses import BypassCase
from .test_places import PlaceCase


class TestPlaceAround(PlaceCase):
    """Odoo books what it cannot reserve on the place that the document names."""

    def setUp(self):
        super().setUp()
        self.stock_up(self.shelf, 10)

    def ship_from_around(self, quantity):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move = self.make_move(self.customers, quantity, picking_id=picking.id)
        move.quantity = quantity
        move.picked = True
        picking._action_done()
        return move

    def test_held_shelf(self):
        self.shelf._set_disposition("quarantined", "Leaking roof")
        self.assert_stays(self.stock, lambda: self.ship_from_around(4), "Leaking roof")

    def test_quarantine_place(self):
        self.shelf.is_quarantine = True
        self.assert_stays(self.stock, lambda: self.ship_from_around(4), "Shelf")

    def test_held_package(self):
        self.stock_up(self.shelf, -10)
        self.stock_up(self.shelf, 10, self.package)
        self.package._set_disposition("quarantined", "Wet carton")
        self.assert_stays(self.stock, lambda: self.ship_from_around(4), "Wet carton")

    def test_what_is_free_beside_it_may_go(self):
        self.shelf._set_disposition("quarantined", "Leaking roof")
        free = self.make_place("Other shelf")
        self.stock_up(free, 4)
        self.assert_stays(self.stock, lambda: self.ship_from_around(5), "Leaking roof")
        self.ship_from_around(4)
        around = self.product.with_context(location=self.stock.id)
        self.assertEqual(around.qty_available, 10)

    def test_nothing_is_asked_of_places_where_nothing_is_held(self):
        self.ship_from_around(14)
        around = self.product.with_context(location=self.stock.id)
        self.assertEqual(around.qty_available, -4)


class TestTypedLot(DispositionCase):
    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def test_new_number_does_not_take_goods_beside_a_held_lot(self):
        picking_type = self.warehouse.out_type_id
        picking_type.use_create_lots = True
        move = self.make_move(
            self.customers, lot=self.lot_b, picking_type_id=picking_type.id
        )
        move.move_line_ids.write({"lot_id": False, "lot_name": "LOT-NEW"})
        with self.assertRaisesRegex(LotOnHoldError, "LOT-NEW.*LOT-A"):
            move._action_done()

    def test_held_lot_that_is_received_by_its_number_goes_to_quarantine(self):
        cage = self.make_place("Cage", is_quarantine=True)
        cage.warehouse_id.in_type_id.use_create_lots = True
        self.env["stock.location"].search(
            [("is_quarantine", "=", True), ("id", "!=", cage.id)]
        ).is_quarantine = False
        move = self.make_move(
            self.stock,
            2,
            lot=self.lot_b,
            source=self.suppliers,
            picking_type_id=self.warehouse.in_type_id.id,
        )
        move.move_line_ids.write({"lot_id": False, "lot_name": "LOT-A"})
        move._action_done()
        line = move.move_line_ids
        self.assertEqual((line.lot_id, line.location_dest_id), (self.lot_a, cage))


class TestWithoutLotBesideALot(DispositionCase):
    """Where a lot is short Odoo makes up for it from what has none."""

    def setUp(self):
        super().setUp()
        self.cage = self.make_place("Cage", is_quarantine=True)
        for lot, quantity in ((self.lot_a.browse(), 10), (self.lot_b, 1)):
            self.env["stock.quant"]._update_available_quantity(
                self.product, self.cage, quantity, lot_id=lot
            )

    def test_held_goods_do_not_go_back_or_vanish_under_another_lot(self):
        inventory = self.product.property_stock_inventory
        for place in (self.suppliers, inventory):
            move = self.make_move(place, 1, lot=self.lot_b, source=self.cage)
            move.move_line_ids.quantity = 4
            with (
                self.subTest(place=place.name),
                self.assertRaisesRegex(LotOnHoldError, "LOT-B"),
            ):
                move._action_done()

    def test_held_goods_do_not_get_a_name_on_the_way_to_another_quarantine(self):
        other = self.make_place("Other cage", is_quarantine=True)
        for place in (other, self.cage):
            move = self.make_move(place, 1, lot=self.lot_b, source=self.cage)
            move.move_line_ids.quantity = 4
            with (
                self.subTest(place=place.name),
                self.assertRaisesRegex(LotOnHoldError, "LOT-B"),
            ):
                move.with_user(self.stock_user)._action_done()

    def test_what_there_is_of_the_lot_goes_to_another_quarantine(self):
        other = self.make_place("Other cage", is_quarantine=True)
        self.make_move(other, 1, lot=self.lot_b, source=self.cage)._action_done()
        self.assertEqual(self.on_hand(self.lot_b), 11)

    def test_what_there_is_of_the_lot_goes_back(self):
        move = self.make_move(self.suppliers, 1, lot=self.lot_b, source=self.cage)
        move._action_done()
        self.assertEqual(move.state, "done")


class TestAvailable(DispositionCase):
    def test_held_stock_is_shown_as_not_available(self):
        self.hold(self.lot_a)
        quants = self.quant_of(self.lot_a) | self.quant_of(self.lot_b)
        self.assertEqual(quants.mapped("available_quantity"), [0, 10])
        [(total,)] = self.env["stock.quant"]._read_group(
            [("id", "in", quants.ids)], aggregates=["available_quantity:sum"]
        )
        self.assertEqual(total, 10)
        self.assertEqual(self.product.held_qty, 10)


class TestStockWrittenByQuality(PlaceCase, BypassCase):
    """Counting and moving are on record; writing quants would not be, whoever does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality = new_test_user(
            cls.env,
            "quality-and-stock",
            "stock.group_stock_manager,lot_disposition.lot_disposition_group_manager",
        )

    def test_held_stock_is_not_written(self):
        self.stock_up(self.shelf, 10, self.package)
        self.shelf._set_disposition("quarantined", "Leaking roof")
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.shelf.id)]
        )
        for user in (self.quality, self.env.ref("base.user_admin")):
            for vals in (
                {"location_id": self.stock.id},
                {"package_id": False},
                {"quantity": 0},
            ):
                with self.subTest(user=user.login, vals=vals):
                    self.assert_refused(
                        lambda u=user, v=vals: quant.with_user(u).write(v)
                    )

    def test_held_stock_is_not_imported_elsewhere(self):
        self.stock_up(self.shelf, 10)
        self.shelf._set_disposition("quarantined", "Leaking roof")
        loaded = (
            self.env["stock.quant"]
            .with_user(self.quality)
            .load(
                ["product_id/.id", "location_id/.id", "quantity"],
                [
                    [str(self.product.id), str(self.shelf.id), "-10"],
                    [str(self.product.id), str(self.stock.id), "10"],
                ],
            )
        )
        self.assertFalse(loaded["ids"])
        self.assertIn("Leaking roof", str(loaded["messages"]))
