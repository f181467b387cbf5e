from odoo import Command

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestRepair(DispositionCase):
    def make_repair(self):
        repair = self.env["repair.order"].create(
            {
                "product_id": self.env["product.product"]
                .create({"name": "Pump", "is_storable": True})
                .id,
                "picking_type_id": self.warehouse.repair_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "repair_line_type": "add",
                        }
                    )
                ],
            }
        )
        repair.action_validate()
        repair.action_repair_start()
        return repair

    def finish(self, repair):
        move = repair.move_ids
        move.move_line_ids.unlink()
        line = self.prepare_line(
            move.location_dest_id, 2, self.lot_a, source=move.location_id
        )
        move.move_line_ids = [Command.create(line)]
        move.picked = True
        repair.action_repair_end()
        self.env.flush_all()

    def test_held_part_is_not_built_in(self):
        self.hold(self.lot_a)
        repair = self.make_repair()
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.finish(repair)

    def test_permit_for_one_order(self):
        self.hold(self.lot_a, "restricted")
        repair = self.make_repair()
        self.env["lot.disposition.permit"].create(
            {
                "lot_id": self.lot_a.id,
                "reason": "Good enough",
                "order_ref": f"repair.order,{repair.id}",
            }
        )
        self.finish(repair)
        self.assertEqual(repair.state, "done")

    def test_hold_tells_the_order(self):
        self.hold(self.lot_b)
        repair = self.make_repair()
        repair.move_ids._action_assign()
        self.hold(self.lot_a)
        self.assertIn("Hardness too low", str(repair.message_ids.mapped("body")))
