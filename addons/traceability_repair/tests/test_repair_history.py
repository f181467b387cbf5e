from odoo import Command
from odoo.tests import tagged

from odoo.addons.traceability.tests.test_history import SEED, HistoryCase


@tagged("post_install", "-at_install")
class TestRepairHistory(HistoryCase):
    """Parts go into finished lots and come out of them, among everything else."""

    operations = ("receive", "produce", "repair", "repair", "repair", "ship", "rework")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pump = cls.product("PUMP", "serial")
        cls.recipe(cls.pump, {cls.raw: 1})

    def do_produce(self, **context):
        for name in self.pick(1, self.raw, at_least=3):
            outputs = {self.name(self.pump): 1}
            order = self.order(self.pump, 1)
            self.finish(order, self.by_lot({name: 2}), self.by_lot(outputs), **context)
            self.history.transform({name: 2}, outputs)

    def do_repair(self):
        """A fresh part goes in, and a worn one comes out."""
        pumps, parts = self.pick(1, self.pump), self.pick(1, self.raw, at_least=2)
        if not pumps or not parts:
            return
        [pump], [fresh], worn = pumps, parts, self.name()
        repair = self.env["repair.order"].create(
            {
                "product_id": self.pump.id,
                "lot_id": self.lots[pump].id,
                "picking_type_id": self.warehouse.repair_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.raw.id,
                            "product_uom_qty": 1,
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
            name = fresh if move.repair_line_type == "add" else worn
            self.fill(move, {self.lots[name]: 1})
        repair.action_repair_end()
        self.history.add(fresh, -1)
        self.history.add(worn, 1)
        self.history.steps += [({fresh: 1}, {pump}), ({pump: 0}, {worn})]

    def test_repaired_lots_are_in_the_graph(self):
        self.live(SEED)
        self.check_everything()
