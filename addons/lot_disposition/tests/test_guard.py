"""No path moves a held lot: each test takes another one."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from ..exceptions import LotOnHoldError
from .common import DispositionCase


class TestGuard(DispositionCase):
    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)

    def assert_refused(self, action, *arguments):
        with self.assertRaises(LotOnHoldError) as raised, self.env.cr.savepoint():
            action(*arguments)
            self.env.flush_all()
        for words in ("LOT-A", "quarantined", "Hardness too low"):
            self.assertIn(words, str(raised.exception))
        self.env.invalidate_all()
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def test_consumption(self):
        self.assert_refused(
            self.make_move(self.production, lot=self.lot_a)._action_done
        )

    def test_shipment(self):
        self.assert_refused(self.make_move(self.customers, lot=self.lot_a)._action_done)

    def test_shipment_as_superuser(self):
        move = self.make_move(self.customers, lot=self.lot_a).sudo()
        self.assert_refused(move._action_done)

    def test_internal_transfer(self):
        shelf = self.env["stock.location"].create(
            {
                "name": "Shelf",
                "location_id": self.stock.id,
            }
        )
        self.assert_refused(self.make_move(shelf, lot=self.lot_a)._action_done)

    def test_picking_validated_with_the_backorder_question_skipped(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.make_move(self.customers, lot=self.lot_a, picking_id=picking.id)
        validate = picking.with_context(
            skip_backorder=True, skip_sms=True
        ).button_validate
        self.assert_refused(validate)

    def test_lot_typed_in_by_name(self):
        picking_type = self.warehouse.out_type_id
        picking_type.use_create_lots = True
        move = self.make_move(
            self.customers, lot=self.lot_b, picking_type_id=picking_type.id
        )
        move.move_line_ids.write({"lot_id": False, "lot_name": "LOT-A"})
        self.assert_refused(move._action_done)

    def test_scrap_order(self):
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.product.id,
                "lot_id": self.lot_a.id,
                "scrap_qty": 1,
                "location_id": self.stock.id,
            }
        )
        self.assert_refused(scrap.do_scrap)

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

    def test_line_edited_after_it_was_done(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        move._action_done()
        self.assert_refused(move.move_line_ids.write, {"lot_id": self.lot_a.id})

    def test_line_created_on_a_finished_move(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        move._action_done()
        self.assert_refused(
            self.env["stock.move.line"].create,
            {
                "move_id": move.id,
                "product_id": self.product.id,
                "lot_id": self.lot_a.id,
                "product_uom_id": self.product.uom_id.id,
                "quantity": 1,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            },
        )

    def test_inventory_correction_needs_quality(self):
        quant = self.env["stock.quant"].search(
            [
                ("lot_id", "=", self.lot_a.id),
                ("location_id", "=", self.stock.id),
            ]
        )

        def count(user):
            counted = quant.with_user(user).with_context(inventory_mode=True)
            counted.inventory_quantity = 3
            counted.action_apply_inventory()

        self.stock_user.group_ids += self.env.ref("stock.group_stock_manager")
        self.assert_refused(count, self.stock_user)
        self.inspector.group_ids += self.env.ref("stock.group_stock_manager")
        count(self.inspector)
        self.assertEqual(self.on_hand(self.lot_a), 3)

    def test_quant_written_directly(self):
        quant = self.env["stock.quant"].search(
            [
                ("lot_id", "=", self.lot_a.id),
                ("location_id", "=", self.stock.id),
            ]
        )
        with self.assertRaises(UserError):
            quant.with_user(self.stock_user).write({"quantity": 0})

    def test_customer_return_comes_in_and_stays_held(self):
        move = self.make_move(self.stock, 2, lot=self.lot_a, source=self.customers)
        move._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 12)
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_held_lot_keeps_its_name_and_product(self):
        lot = self.lot_a.with_user(self.stock_user)
        with self.assertRaises(LotOnHoldError):
            lot.name = "LOT-Z"

    def test_lot_with_a_history_cannot_be_deleted(self):
        lot = self.env["stock.lot"].create({"name": "X", "product_id": self.product.id})
        self.hold(lot)
        with self.assertRaises(UserError):
            lot.unlink()

    def test_database_refuses_what_got_past_odoo(self):
        move = self.make_move(self.customers, lot=self.lot_b)
        move._action_done()
        self.env.flush_all()
        with (
            self.assertRaisesRegex(CheckViolation, "LOT-A"),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE stock_move_line SET lot_id = %s WHERE id = %s",
                    self.lot_a.id,
                    move.move_line_ids.id,
                )
            )

    def test_released_lot_goes_everywhere(self):
        self.hold(self.lot_a, "released", "Retested")
        self.make_move(self.production, 1, lot=self.lot_a)._action_done()
        self.make_move(self.customers, 1, lot=self.lot_a)._action_done()
        self.assertEqual(self.on_hand(self.lot_a), 8)
