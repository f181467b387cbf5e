"""Three clicks from a receipt to a hold."""

from odoo import Command
from odoo.exceptions import UserError

from .common import DispositionCase


class TestContain(DispositionCase):
    def setUp(self):
        super().setUp()
        self.cage = self.make_place("Cage", is_quarantine=True)
        self.screw = self.env["product.product"].create(
            {"name": "Screw", "is_storable": True}
        )
        self.receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
            }
        )

    def receive(self, product, quantity, lot):
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "picking_id": self.receipt.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "move_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "picking_id": self.receipt.id,
                            "quantity": quantity,
                            "lot_id": lot.id,
                            "location_id": self.suppliers.id,
                            "location_dest_id": self.stock.id,
                        }
                    )
                ],
            }
        )
        move.picked = True

    def contain(self, **values):
        action = self.receipt.with_user(self.inspector).action_contain()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.inspector)
            .with_context(**action["context"])
            .create({"reason": "Crushed pallet", **values})
        )
        wizard.action_contain()
        self.env.flush_all()

    def test_lots_of_a_receipt_are_held(self):
        self.receive(self.product, 5, self.lot_a)
        self.receipt._action_done()
        self.contain()
        self.assertEqual(self.lot_a.disposition, "quarantined")
        self.assertEqual(self.lot_a.disposition_reason, "Crushed pallet")
        self.assertEqual(self.lot_b.disposition, "released")
        self.assertIn("Crushed pallet", str(self.receipt.message_ids.mapped("body")))

    def test_goods_without_a_lot_go_to_quarantine(self):
        self.receive(self.screw, 7, self.env["stock.lot"])
        self.receipt._action_done()
        self.contain()
        self.assertEqual(self.screw.free_qty, 0)
        self.assertEqual(self.screw.with_context(location=self.cage.id).qty_available, 7)

    def test_lots_are_moved_where_that_is_asked_for(self):
        self.receive(self.product, 5, self.lot_a)
        self.receipt._action_done()
        self.contain(quarantine_id=self.cage.id)
        quants = self.lot_a.quant_ids.filtered(lambda q: q.quantity > 0)
        self.assertEqual(quants.location_id, self.cage)
        self.assertEqual(self.on_hand(self.lot_a), 15)

    def test_goods_without_a_lot_need_a_place(self):
        self.receive(self.screw, 7, self.env["stock.lot"])
        self.receipt._action_done()
        self.cage.is_quarantine = False
        self.env["stock.location"].search([("is_quarantine", "=", True)]).sudo().write(
            {"is_quarantine": False}
        )
        with self.assertRaisesRegex(UserError, "Screw"):
            self.contain()

    def test_from_a_line(self):
        self.receive(self.product, 5, self.lot_a)
        self.receive(self.product, 5, self.lot_b)
        self.receipt._action_done()
        line = self.receipt.move_line_ids.filtered(
            lambda line: line.lot_id == self.lot_b
        )
        action = line.action_contain()
        wizard = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"reason": "Rust"})
        )
        self.assertEqual(wizard.line_ids.lot_id, self.lot_b)
