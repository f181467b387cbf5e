"""Ways around that a clever warehouse manager would try: all that RPC lets them write."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import DispositionCase
from .test_places import PlaceCase


class BypassCase(DispositionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "warehouse-manager",
            "stock.group_stock_manager,stock.group_tracking_lot",
        )

    def assert_refused(self, action):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            action()
            self.env.flush_all()
        self.env.invalidate_all()


class TestDerivedFields(PlaceCase, BypassCase):
    """What follows from a decision is stored for speed, and written by nobody."""

    def test_what_holds_goods_is_not_written(self):
        cage = self.make_place("Cage", is_quarantine=True)
        self.shelf._set_disposition("quarantined", "Roof")
        self.package._set_disposition("quarantined", "Wet")
        self.stock_up(cage, 5)
        for record, vals in (
            (self.shelf, {"effective_disposition": "released"}),
            (self.package, {"effective_disposition": "released"}),
            (cage, {"in_quarantine": False}),
            (self.stock, {"in_quarantine": True}),
        ):
            for user in (self.manager, self.env.ref("base.user_admin")):
                with self.subTest(vals=vals, user=user.login):
                    self.assert_refused(lambda r=record, v=vals, u=user: r.with_user(u).write(v))

    def test_what_holds_goods_is_not_made_up_for_new_ones(self):
        self.package._set_disposition("quarantined", "Wet")
        self.assert_refused(
            lambda: self.env["stock.package"]
            .with_user(self.manager)
            .create(
                {
                    "name": "INNER",
                    "parent_package_id": self.package.id,
                    "effective_disposition": "released",
                }
            )
        )
        self.assert_refused(
            lambda: self.env["stock.location"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Ramp",
                    "location_id": self.stock.id,
                    "in_quarantine": True,
                }
            )
        )


class TestWarehouseManager(BypassCase):
    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def tearDown(self):
        self.env.flush_all()
        self.assertEqual(self.on_hand(self.lot_a), 10)
        super().tearDown()

    def test_counted_to_nothing_while_another_lot_is_found(self):
        Quant = self.env["stock.quant"].with_user(self.manager)
        mode = {"inventory_mode": True}

        def relabel():
            Quant.with_context(**mode).create(
                {
                    "product_id": self.product.id,
                    "location_id": self.stock.id,
                    "lot_id": self.lot_a.id,
                    "inventory_quantity": 0,
                }
            ).action_apply_inventory()

        self.assert_refused(relabel)

    def test_quant_made_negative_elsewhere(self):
        shelf = self.make_place("Shelf")
        for quantity in (-5, 5):
            self.assert_refused(
                lambda q=quantity: self.env["stock.quant"]
                .with_user(self.manager)
                .create(
                    {
                        "product_id": self.product.id,
                        "location_id": shelf.id,
                        "lot_id": self.lot_a.id,
                        "quantity": q,
                    }
                )
            )

    def test_quant_deleted(self):
        for user in (self.manager, self.env.ref("base.user_admin")):
            quant = self.quant_of(self.lot_a).with_user(user)
            with self.subTest(user=user.login):
                self.assert_refused(quant.unlink)

    def test_lot_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids += other
        self.assert_refused(
            lambda: self.lot_a.with_user(self.manager).write({"company_id": other.id})
        )

    def test_dropshipment(self):
        move = self.make_move(self.customers, 4, source=self.suppliers)
        move.move_line_ids.unlink()

        def ship():
            line = self.prepare_line(
                self.customers, 4, self.lot_a, source=self.suppliers
            )
            move.move_line_ids = [Command.create(line)]
            move.picked = True
            move._action_done()

        self.assert_refused(ship)

    def test_line_filled_in_from_a_quant(self):
        move = self.make_move(self.customers, 4)
        move.move_line_ids.unlink()
        vals = {
            "move_id": move.id,
            "quant_id": self.quant_of(self.lot_a).id,
            "quantity": 4,
        }
        self.assert_refused(
            lambda: self.env["stock.move.line"].with_user(self.manager).create(vals)
        )

    def test_line_that_is_empty_until_it_is_done(self):
        move = self.make_move(self.customers, 4)
        move.move_line_ids.unlink()

        def fill():
            line = self.env["stock.move.line"].with_user(self.manager).create(
                {**self.prepare_line(self.customers, 0, self.lot_a), "move_id": move.id}
            )
            line.quantity = 4
            move.picked = True
            move.with_user(self.manager)._action_done()

        self.assert_refused(fill)

    def test_destination_of_the_whole_document_changed(self):
        """Out to a quarantine place is allowed, until the place becomes the customer."""
        cage = self.make_place("Cage", is_quarantine=True)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": cage.id,
            }
        )
        move = self.make_move(cage, 4, lot=self.lot_a, picking_id=picking.id)

        def ship():
            for record in (picking, move):
                record.with_user(self.manager).location_dest_id = self.customers
            picking.with_user(self.manager)._action_done()

        self.assert_refused(ship)

    def test_quarantine_place_sold_as_a_customer(self):
        cage = self.make_place("Cage", is_quarantine=True)
        self.make_move(cage, 4, lot=self.lot_a)._action_done()
        for vals in (
            {"usage": "customer"},
            {"location_id": self.customers.id},
            {"is_quarantine": False},
            {"active": False},
        ):
            with self.subTest(vals=vals):
                self.assert_refused(
                    lambda v=vals: cage.with_user(self.manager).write(v)
                )

    def test_scrap_by_an_ordinary_transfer(self):
        inventory = self.product.property_stock_inventory
        self.assert_refused(
            lambda: self.make_move(inventory, 4, lot=self.lot_a)
            .with_user(self.manager)
            ._action_done()
        )

    def test_finished_document_unlocked_and_edited(self):
        self.hold(self.lot_a, "released", "For a moment")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
            }
        )
        move = self.make_move(
            self.stock, 2, lot=self.lot_b, source=self.suppliers, picking_id=picking.id
        )
        picking._action_done()
        self.hold(self.lot_b)
        self.hold(self.lot_a)
        picking.is_locked = False
        done = picking.with_user(self.manager).move_ids
        for action in (
            lambda: done.write({"quantity": 1}),
            lambda: done.move_line_ids.write({"lot_id": self.lot_a.id}),
            lambda: done.move_line_ids.write({"location_dest_id": self.customers.id}),
            done.move_line_ids.unlink,
            lambda: picking.with_user(self.manager).write(
                {"location_dest_id": self.customers.id}
            ),
        ):
            self.assert_refused(action)
        self.assertEqual(move.quantity, 2)

    def test_packed_with_others(self):
        """Packing moves nothing; the package as a whole does not leave."""
        self.hold(self.lot_a, "released", "Packed before")
        package = self.env["stock.package"].create({"name": "PALLET"})
        (self.quant_of(self.lot_a) | self.quant_of(self.lot_b)).move_quants(
            package_dest_id=package
        )
        self.hold(self.lot_a)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )

        def ship():
            picking.with_user(self.manager).action_add_entire_packs(package.ids)
            picking.move_ids.picked = True
            picking.with_user(self.manager)._action_done()

        self.assert_refused(ship)

    def test_import_of_stock_and_lines(self):
        quant = self.quant_of(self.lot_a)
        for model, header, row in (
            ("stock.quant", [".id", "quantity"], [str(quant.id), "0"]),
            (
                "stock.quant",
                [".id", "inventory_quantity_auto_apply"],
                [str(quant.id), "0"],
            ),
            ("stock.lot", [".id", "name"], [str(self.lot_a.id), "CLEAN"]),
        ):
            with self.subTest(model=model, header=header):
                loaded = (
                    self.env[model]
                    .with_user(self.manager)
                    .with_context(inventory_mode=True, import_file=True)
                    .load(header, [row])
                )
                self.assertFalse(loaded["ids"])
                self.assertIn("LOT-A", str(loaded["messages"]))


class TestPermitsAreNotStretched(BypassCase):
    def test_quantity_of_a_line_is_what_it_says(self):
        """The quantity in the product's unit is computed; written, it would be a lie."""
        self.hold(self.lot_a, "restricted")
        self.env["lot.disposition.permit"].create(
            {"lot_id": self.lot_a.id, "quantity": 1, "reason": "A sample"}
        )
        move = self.make_move(self.customers, 4, lot=self.lot_a)

        def ship():
            move.move_line_ids.with_user(self.manager).write({"quantity_product_uom": 1})
            move._action_done()

        self.assert_refused(ship)
