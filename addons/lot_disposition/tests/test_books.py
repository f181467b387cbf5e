"""Books and names: what holds goods is not written away, by rules or by statements."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.tools import SQL, mute_logger

from ..exceptions import LotOnHoldError
from ..models.stock_move_line import StockMoveLine
from .common import DispositionCase
from .test_places import PlaceCase


class TestQuantsAsSystem(DispositionCase):
    """A server action of an administrator is no move, though nobody asks for its rights."""

    def test_held_stock_does_not_lose_quantity_without_a_move(self):
        self.hold(self.lot_a)
        quant = self.quant_of(self.lot_a).sudo()
        ask = (self.product, self.stock, -4)
        for action in (
            lambda: quant._update_available_quantity(*ask, lot_id=self.lot_a),
            lambda: quant.write({"quantity": 6}),
            lambda: quant.write({"lot_id": self.lot_b.id}),
            quant.unlink,
        ):
            with self.assertRaisesRegex(LotOnHoldError, "LOT-A"), self.env.cr.savepoint():
                action()
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def test_context_from_outside_moves_nothing(self):
        self.hold(self.lot_a)
        quant = self.quant_of(self.lot_a).sudo()
        for forged in (True, {}, "MOVING"):
            with self.subTest(forged=forged), self.assertRaises(LotOnHoldError):
                quant.with_context(lot_disposition_moving=forged).quantity = 0


class TestMovedBackwards(PlaceCase):
    """Odoo lets the quantity in the product's unit be written, below zero as well."""

    def setUp(self):
        super().setUp()
        self.cage = self.make_place("Cage", is_quarantine=True)
        self.stock_up(self.cage, 10)

    def receive(self, quantity):
        move = self.make_move(self.cage, 4, source=self.customers)
        move.write({"quantity": 4, "picked": True})
        line = move.move_line_ids
        line.with_user(self.stock_user).write({"quantity_product_uom": quantity})
        move._action_done()
        return line

    def test_receipt_does_not_ship(self):
        line = self.receive(-4)
        self.assertEqual(line.quantity_product_uom, 4)
        self.assertEqual(self.product.with_context(location=self.cage.id).qty_available, 14)

    def test_database_knows_which_way_goods_go(self):
        line = self.receive(4)
        self.env.flush_all()
        statement = SQL(
            "INSERT INTO stock_move_line (product_id, company_id, product_uom_id, date,"
            " location_id, location_dest_id, quantity, quantity_product_uom, state)"
            " SELECT product_id, company_id, product_uom_id, date,"
            " location_id, location_dest_id, 4, -4, 'done' FROM stock_move_line WHERE id = %s",
            line.id,
        )
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute(statement)


class TestOutOfWhatHolds(PlaceCase):
    """What comes in out of a place or package on hold leaves it."""

    def setUp(self):
        super().setUp()
        self.truck = self.env["stock.location"].create(
            {
                "name": "Truck",
                "usage": "transit",
                "location_id": self.warehouse.view_location_id.id,
            }
        )
        self.cage = self.make_place("Cage", is_quarantine=True)

    def bring(self, source, destination, **values):
        move = self.make_move(destination, 4, source=source)
        line = self.prepare_line(destination, 4, self.no_lot, source=source)
        move.move_line_ids = [Command.clear(), Command.create({**line, **values})]
        move.picked = True
        move.with_user(self.stock_user).sudo()._action_done()
        self.env.flush_all()
        return move.move_line_ids

    def test_held_truck_is_unloaded_to_quarantine_only(self):
        self.stock_up(self.truck, 10)
        self.truck._set_disposition("quarantined", "Accident")
        move = self.make_move(self.stock, 4, source=self.truck)
        move._action_assign()
        self.assertFalse(move.move_line_ids)
        self.assert_stays(
            self.truck, lambda: self.bring(self.truck, self.stock), "Accident"
        )
        self.bring(self.truck, self.cage)
        with (
            patch.object(StockMoveLine, "_check_choice"),
            patch.object(StockMoveLine, "_check_lot_use"),
        ):
            self.assert_stays(
                self.truck,
                lambda: self.bring(self.truck, self.stock),
                "internal is refused",
                error=CheckViolation,
            )

    def test_held_package_that_comes_back_stays_closed_or_goes_to_quarantine(self):
        self.env["stock.location"].search(
            [("is_quarantine", "=", True), ("id", "!=", self.cage.id)]
        ).is_quarantine = False
        self.stock_up(self.customers, 4, self.package)
        self.package._set_disposition("quarantined", "Wet carton")
        opened = {"package_id": self.package.id}
        line = self.bring(self.customers, self.stock, **opened)
        self.assertEqual(line.location_dest_id, self.cage)
        self.stock_up(self.customers, 4, self.package)
        self.bring(
            self.customers, self.stock, **opened, result_package_id=self.package.id
        )
        self.assertEqual(self.product.with_context(location=self.stock.id).free_qty, 0)


class TestPackageName(PlaceCase):
    """Two packages that change names have changed their goods."""

    def setUp(self):
        super().setUp()
        self.stock_up(self.shelf, 10, self.package)
        self.package._set_disposition("quarantined", "Wet carton")

    def test_held_package_keeps_its_name_and_quality_mends_it_on_record(self):
        inner = self.env["stock.package"].create(
            {"name": "INNER", "parent_package_id": self.package.id}
        )
        for package in (self.package, inner):
            with self.assertRaisesRegex(LotOnHoldError, "keeps its name"):
                package.with_user(self.stock_user).name = "PACK-2"
        self.package.with_user(self.inspector).name = "PACK-3"
        self.env.flush_all()
        entry = self.env["lot.disposition.entry"].search(
            [("package_id", "=", self.package.id)], limit=1
        )
        self.assertEqual((entry.kind, entry.subject), ("identity", "PACK-3"))


class TestStatements(PlaceCase):
    def assert_refused(self, *statements):
        with (
            self.assertRaises(CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            for statement in statements:
                self.env.cr.execute(statement)

    def test_what_holds_goods_without_a_lot_is_not_written_away(self):
        cage = self.make_place("Cage", is_quarantine=True)
        self.stock_up(cage, 5)
        self.stock_up(self.shelf, 5, self.package)
        self.package._set_disposition("quarantined", "Wet carton")
        self.env.flush_all()
        check = SQL("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute(check)
        for statement in (
            SQL("UPDATE stock_quant SET package_id = NULL WHERE package_id = %s", self.package.id),
            SQL(
                "UPDATE stock_quant SET location_id = %s WHERE location_id = %s",
                *(self.stock.id, cage.id),
            ),
            SQL("UPDATE stock_package SET name = 'Z' WHERE id = %s", self.package.id),
            SQL("UPDATE stock_location SET usage = 'customer' WHERE id = %s", cage.id),
            SQL(
                "UPDATE stock_location SET is_quarantine = false, in_quarantine = false"
                " WHERE id = %s",
                cage.id,
            ),
            SQL("TRUNCATE stock_quant CASCADE"),
        ):
            with self.subTest(statement=statement):
                self.assert_refused(statement, check)


class TestCounting(DispositionCase):
    def test_quality_counts_a_held_lot_where_the_books_have_none(self):
        self.hold(self.lot_a)
        self.inspector.group_ids += self.env.ref("stock.group_stock_manager")
        Quant = self.env["stock.quant"].with_user(self.inspector)
        for place, found in ((self.make_place("Shelf"), 3), (self.stock, 7)):
            Quant.with_context(inventory_mode=True).create(
                {
                    "product_id": self.product.id,
                    "location_id": place.id,
                    "lot_id": self.lot_a.id,
                    "inventory_quantity": found,
                }
            ).action_apply_inventory()
        self.assertEqual(self.on_hand(self.lot_a), 10)
        self.assertIn("correction", self.lot_a.disposition_entry_ids.mapped("kind"))

    def test_held_stock_is_not_free_for_an_order_that_is_late(self):
        self.hold(self.lot_a)
        late = fields.Datetime.now() - timedelta(days=1)
        self.assertEqual(self.product.with_context(to_date=late).free_qty, 10)


class TestServedCustomer(DispositionCase):
    def test_delivery_to_another_customer_is_not_made_one_to_the_permitted(self):
        tolerant, other = self.env["res.partner"].create(
            [{"name": "Tolerant"}, {"name": "Other"}]
        )
        self.hold(self.lot_a, "restricted")
        self.env["lot.disposition.permit"].create(
            {
                "lot_id": self.lot_a.id,
                "reason": "Customer accepts",
                "partner_ids": [Command.set(tolerant.ids)],
            }
        )
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "partner_id": other.id,
            }
        )
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.make_move(
                self.customers,
                lot=self.lot_a,
                picking_id=picking.id,
                partner_id=tolerant.id,
            )
