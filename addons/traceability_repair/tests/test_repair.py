from odoo import Command

from odoo.addons.traceability.tests.common import TraceCase


class TestRepair(TraceCase):
    def test_parts_go_in_and_come_out(self):
        pump, seal = self.product("PUMP", "serial"), self.product("SEAL")
        machine = self.stocked("P1", 1, pump)
        fresh, worn = self.stocked("S-NEW", 5, seal), self.lot("S-OLD", seal)
        repair = self.env["repair.order"].create(
            {
                "product_id": pump.id,
                "lot_id": machine.id,
                "picking_type_id": self.warehouse.repair_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": seal.id,
                            "product_uom_qty": 2,
                            "repair_line_type": kind,
                        }
                    )
                    for kind in ("add", "recycle")
                ],
            }
        )
        repair.action_validate()
        repair.action_repair_start()
        for move in repair.move_ids:
            lot = fresh if move.repair_line_type == "add" else worn
            self.fill(move, {lot: 2})
        repair.action_repair_end()
        self.assertEqual(repair.state, "done")
        self.assertEqual(
            self.links(kind="repair", res_id=repair.id),
            {("S-NEW", "P1"): (2, "exact"), ("P1", "S-OLD"): (2, "exact")},
        )
        self.assertEqual(self.forward(fresh), {"S-NEW", "P1", "S-OLD"})
        rows = self.env["traceability.lot.event"].search([("kind", "=", "repair")])
        self.assertEqual(
            {
                row.lot_id.name: [(i["lot"], i["quantity"]) for i in row.inputs]
                for row in rows
            },
            {"P1": [("S-NEW", 2)], "S-OLD": [("P1", 2)]},
        )
