from odoo import Command
from odoo.tests import tagged

from odoo.addons.traceability.tests.test_history import SEED, HistoryCase


@tagged("post_install", "-at_install")
class TestSubcontractingHistory(HistoryCase):
    operations = ("receive", "produce", "subcontract", "subcontract", "ship", "split")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subcontractor = cls.env["res.partner"].create({"name": "Painter"})
        cls.painted = cls.product("PAINTED")
        cls.recipe(
            cls.painted,
            {cls.raw: 1},
            type="subcontract",
            subcontractor_ids=[Command.link(cls.subcontractor.id)],
        )

    def do_subcontract(self):
        for name in self.pick(1, self.raw, at_least=2):
            place = self.subcontractor.property_stock_subcontractor
            self.transfer(
                self.lots[name], 2, self.stock, place, self.subcontractor, "int"
            )
            outputs = {self.name(self.painted): 1, self.name(self.painted): 1}
            picking = self.receive_painted(outputs)
            self.assertEqual(picking.state, "done")
            self.history.transform({name: 2}, outputs)

    def receive_painted(self, outputs):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.subcontractor.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.painted.id,
                            "product_uom_qty": len(outputs),
                            "product_uom": self.painted.uom_id.id,
                            "location_id": self.suppliers.id,
                            "location_dest_id": self.stock.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self.fill(picking.move_ids, self.by_lot(outputs))
        picking.button_validate()
        return picking

    def test_subcontracted_lots_are_in_the_graph(self):
        self.live(SEED)
        self.check_everything()
