"""No path moves a held lot: each test takes another one, at each layer."""

from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..exceptions import LotOnHoldError
from ..models.stock_move_line import StockMoveLine
from .common import DispositionCase


class GuardPaths:
    """Ways out for a held lot. Subclasses take away the layers in front of theirs."""

    refusal = LotOnHoldError
    words = ("LOT-A", "quarantined", "Hardness too low")

    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def assert_refused(self, action):
        with (
            self.assertRaises(self.refusal) as raised,
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            action()
            self.env.flush_all()
        for words in self.words:
            self.assertIn(words, str(raised.exception))
        self.env.invalidate_all()
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def do_move(self, destination, quantity=4, **values):
        move = self.make_move(destination, quantity, lot=self.lot_a, **values)
        move._action_done()

    def make_picking(self, quantity=4):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.make_move(
            self.customers, quantity, lot=self.lot_a, picking_id=picking.id
        )
        return picking

    def test_consumption(self):
        self.assert_refused(lambda: self.do_move(self.production))

    def test_shipment(self):
        self.assert_refused(lambda: self.do_move(self.customers))

    def test_transfer_out(self):
        transit = self.env["stock.location"].search([("usage", "=", "transit")], limit=1)
        self.assert_refused(lambda: self.do_move(transit))

    def test_internal_transfer(self):
        shelf = self.make_place("Shelf")
        self.assert_refused(lambda: self.do_move(shelf))

    def test_goods_that_are_nowhere_are_not_shipped_either(self):
        inventory = self.product.property_stock_inventory
        self.assert_refused(lambda: self.do_move(self.customers, source=inventory))

    def test_picking_validated_with_the_backorder_question_skipped(self):
        def validate():
            self.make_picking().with_context(
                skip_backorder=True, skip_sms=True
            ).button_validate()

        self.assert_refused(validate)

    def test_part_of_a_picking(self):
        def validate():
            picking = self.make_picking(9)
            picking.move_ids.move_line_ids.quantity = 3
            picking._action_done()

        self.assert_refused(validate)

    def test_backorder(self):
        def validate():
            picking = self.make_picking(9)
            move = picking.move_ids
            move.move_line_ids.write({"quantity": 3, "lot_id": self.lot_b.id})
            move.picked = True
            picking._action_done()
            backorder = picking.backorder_ids
            backorder.move_ids.move_line_ids.lot_id = self.lot_a
            backorder.move_ids.picked = True
            backorder._action_done()

        self.assert_refused(validate)

    def test_scrap_order(self):
        def scrap():
            self.env["stock.scrap"].create(
                {
                    "product_id": self.product.id,
                    "lot_id": self.lot_a.id,
                    "scrap_qty": 1,
                    "location_id": self.stock.id,
                }
            ).do_scrap()

        self.assert_refused(scrap)

    def test_relocation(self):
        shelf = self.make_place("Shelf")
        quant = self.quant_of(self.lot_a)
        self.assert_refused(lambda: quant.move_quants(shelf))

    def test_place_written_on_the_lot(self):
        shelf = self.make_place("Shelf")

        def relocate():
            self.lot_a.location_id = shelf

        self.assert_refused(relocate)

    def test_package_move(self):
        self.hold(self.lot_a, "released", "Let it be packed")
        package = self.env["stock.package"].create({"name": "PACK-1"})
        self.quant_of(self.lot_a).move_quants(package_dest_id=package)
        self.hold(self.lot_a)
        shelf = self.make_place("Shelf")

        def relocate():
            package.location_id = shelf

        self.assert_refused(relocate)


class TestChoice(GuardPaths, DispositionCase):
    """Planning with held goods is refused at once."""

    def test_lots_chosen_by_hand(self):
        move = self.make_move(self.customers)

        def choose():
            move.lot_ids = self.lot_a

        self.assert_refused(choose)

    def test_lot_of_a_line_exchanged(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        self.assert_refused(lambda: move.move_line_ids.write({"lot_id": self.lot_a.id}))

    def test_line_sent_elsewhere(self):
        cage = self.make_place("Cage", is_quarantine=True)
        move = self.make_move(cage, lot=self.lot_a)
        line = move.move_line_ids
        self.assert_refused(
            lambda: line.write({"location_dest_id": self.customers.id})
        )


class TestDone(GuardPaths, DispositionCase):
    """Nothing is done with held goods, however they came onto the line."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(StockMoveLine, "_check_choice"))

    def test_as_superuser(self):
        self.env = self.env(su=True)
        self.assert_refused(lambda: self.do_move(self.customers))

    def test_lot_typed_in_by_name(self):
        picking_type = self.warehouse.out_type_id
        picking_type.use_create_lots = True
        move = self.make_move(
            self.customers, lot=self.lot_b, picking_type_id=picking_type.id
        )
        move.move_line_ids.write({"lot_id": False, "lot_name": "LOT-A"})
        self.assert_refused(move._action_done)

    def test_line_edited_after_it_was_done(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        move._action_done()
        self.assert_refused(lambda: move.move_line_ids.write({"lot_id": self.lot_a.id}))

    def test_line_created_on_a_finished_move(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        move._action_done()
        line = dict(self.prepare_line(self.customers, 1, self.lot_a), move_id=move.id)
        self.assert_refused(lambda: self.env["stock.move.line"].create(line))

    def test_state_written_on_the_move(self):
        move = self.make_move(self.customers, lot=self.lot_a)
        self.refusal, self.words = CheckViolation, ("LOT-A",)
        self.assert_refused(lambda: move.write({"state": "done"}))

    def test_done_receipt_of_a_held_lot_is_corrected_by_quality_only(self):
        receipt = self.make_move(self.stock, 3, lot=self.lot_b, source=self.suppliers)
        receipt._action_done()
        self.hold(self.lot_b, "pending", "Inspection")
        line = receipt.move_line_ids.with_user(self.stock_user)
        with self.assertRaisesRegex(LotOnHoldError, "LOT-B"):
            line.quantity = 1
        line.with_user(self.inspector).quantity = 1
        self.assertEqual(self.on_hand(self.lot_b), 11)
        self.assertIn("correction", self.lot_b.disposition_entry_ids.mapped("kind"))


class TestDatabase(GuardPaths, DispositionCase):
    """The database refuses what got past Odoo."""

    refusal = CheckViolation
    words = ("LOT-A", "quarantined")

    def setUp(self):
        super().setUp()
        for method in ("_check_choice", "_check_lot_use", "_check_done_change"):
            self.startPatcher(patch.object(StockMoveLine, method))


class TestWhatIsAllowed(DispositionCase):
    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def test_rejected_lot_can_be_scrapped_and_returned(self):
        self.hold(self.lot_a, "rejected")
        self.env["stock.scrap"].create(
            {
                "product_id": self.product.id,
                "lot_id": self.lot_a.id,
                "scrap_qty": 1,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        self.make_move(self.suppliers, 2, lot=self.lot_a)._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 7)

    def test_customer_return_comes_in_and_stays_held(self):
        move = self.make_move(self.stock, 2, lot=self.lot_a, source=self.customers)
        move._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 12)
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_what_comes_in_of_it_goes_to_quarantine(self):
        self.env["stock.location"].search([("is_quarantine", "=", True)]).write(
            {"is_quarantine": False}
        )
        cage = self.make_place("Cage", is_quarantine=True)
        self.make_move(self.stock, 2, lot=self.lot_a, source=self.customers)._action_done()
        self.hold(self.lot_b, "pending")
        self.make_move(self.stock, 2, lot=self.lot_b, source=self.customers)._action_done()
        places = {
            lot: lot.quant_ids.filtered(lambda quant: quant.location_id == cage)
            for lot in (self.lot_a, self.lot_b)
        }
        self.assertEqual(places[self.lot_a].quantity, 2)
        self.assertFalse(places[self.lot_b])

    def test_quarantine_and_places_inside_of_it(self):
        cage = self.make_place("Cage", is_quarantine=True)
        inner = self.make_place("Cage/1", location_id=cage.id)
        self.make_move(inner, 2, lot=self.lot_a)._action_done()
        self.make_move(cage, 2, lot=self.lot_a, source=inner)._action_done()
        with self.assertRaises(LotOnHoldError):
            self.make_move(self.stock, 2, lot=self.lot_a, source=cage)._action_done()

    def test_released_lot_goes_everywhere(self):
        self.hold(self.lot_a, "released", "Retested")
        self.make_move(self.production, 1, lot=self.lot_a)._action_done()
        self.make_move(self.customers, 1, lot=self.lot_a)._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 8)

    def test_inventory_correction_needs_quality_and_is_on_record(self):
        quant = self.quant_of(self.lot_a)

        def count(user):
            counted = quant.with_user(user).with_context(inventory_mode=True)
            counted.inventory_quantity = 3
            counted.action_apply_inventory()

        manager = self.env.ref("stock.group_stock_manager")
        self.stock_user.group_ids += manager
        self.inspector.group_ids += manager
        with self.assertRaises(LotOnHoldError):
            count(self.stock_user)
        self.env.invalidate_all()
        count(self.inspector)
        self.env.flush_all()
        self.assertEqual(self.on_hand(self.lot_a), 3)
        entry = self.lot_a.disposition_entry_ids[0]
        self.assertEqual((entry.kind, entry.quantity), ("correction", 7))
        self.assertEqual(entry.user_id, self.inspector)


class TestIdentity(DispositionCase):
    """Held goods do not become others."""

    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def test_quant_written_directly(self):
        quant = self.quant_of(self.lot_a).with_user(self.stock_user)
        for vals in (
            {"quantity": 0},
            {"lot_id": self.lot_b.id},
            {"location_id": self.customers.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(LotOnHoldError):
                quant.write(vals)
        with self.assertRaises(LotOnHoldError):
            self.quant_of(self.lot_b).with_user(self.stock_user).lot_id = self.lot_a

    def test_held_lot_keeps_its_name_and_product(self):
        lot = self.lot_a.with_user(self.stock_user)
        with self.assertRaises(LotOnHoldError):
            lot.name = "LOT-Z"

    def test_product_stays_tracked_for_what_an_archived_variant_left(self):
        self.product.active = False
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.product.product_tmpl_id.tracking = "none"

    def test_quality_mends_a_name_on_record(self):
        self.lot_a.with_user(self.inspector).name = "LOT-A1"
        self.env.flush_all()
        entry = self.lot_a.disposition_entry_ids[0]
        self.assertEqual((entry.kind, entry.subject), ("identity", "LOT-A1"))

    def test_lot_with_a_history_cannot_be_deleted(self):
        lot = self.env["stock.lot"].create({"name": "X", "product_id": self.product.id})
        self.hold(lot)
        with self.assertRaises(UserError):
            lot.unlink()

    def test_product_stays_tracked(self):
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.product.tracking = "none"
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.product.is_storable = False

    def test_place_is_not_made_over(self):
        manager = self.env.ref("stock.group_stock_manager")
        self.stock_user.group_ids += manager
        place = self.stock.with_user(self.stock_user)
        for vals in ({"is_quarantine": True}, {"location_id": self.customers.id}):
            with self.subTest(vals=vals), self.assertRaises(LotOnHoldError):
                place.write(vals)

    def test_shelf_with_held_goods_is_not_emptied_without_a_name(self):
        """Nor under the name of a lot that is not there."""
        self.hold(self.lot_b)
        other = self.env["stock.lot"].create(
            {"name": "EMPTY", "product_id": self.product.id}
        )
        for lot in (other, self.env["stock.lot"]):
            move = self.make_move(self.customers, lot=other)
            move.move_line_ids.lot_id = lot
            with self.subTest(lot=lot.name), self.assertRaisesRegex(
                LotOnHoldError, "LOT-A"
            ):
                move._action_done()
