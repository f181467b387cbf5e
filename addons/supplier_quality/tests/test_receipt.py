from odoo import Command

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import QualityCase


class TestReceipt(QualityCase):
    """A receipt asks for the inspections by itself, and holds every lot at once."""

    def test_each_lot_gets_its_inspection_and_is_pending(self):
        picking = self.receive_lots(**{"R-1": 60, "R-2": 40})
        inspections = picking.inspection_ids.sorted("quantity")
        self.assertEqual(
            inspections.lot_id.sorted("name").mapped("name"), ["R-1", "R-2"]
        )
        self.assertEqual(inspections.mapped("quantity"), [40, 60])
        self.assertEqual(inspections.plan_id, self.plan)
        self.assertEqual(inspections.partner_id, self.supplier)
        self.assertEqual(inspections.picking_id, picking)
        self.assertEqual(set(inspections.mapped("state")), {"draft"})
        self.assertEqual(set(inspections.lot_id.mapped("disposition")), {"pending"})
        self.assertEqual(picking.inspection_state, "open")

    def test_lot_and_product_count_their_inspections(self):
        inspection = self.inspection()
        for record in (inspection.lot_id, self.resin, self.resin.product_tmpl_id):
            with self.subTest(model=record._name):
                self.assertEqual(record.inspection_count, 1)
                action = record.action_open_inspections()
                found = self.env["quality.inspection"].search(action["domain"])
                self.assertEqual(found, inspection)

    def test_reason_of_the_hold_names_the_inspection(self):
        inspection = self.inspection()
        entry = inspection.lot_id.disposition_entry_ids
        self.assertIn(inspection.name, inspection.lot_id.disposition_reason)
        self.assertEqual(
            (entry.path, entry.res_model, entry.res_id),
            ("inspection", "quality.inspection", inspection.id),
        )

    def test_pending_lot_cannot_be_shipped(self):
        inspection = self.inspection()
        with self.assertRaisesRegex(LotOnHoldError, inspection.name):
            self.ship(inspection.lot_id)

    def test_waiting_delivery_does_not_reserve_what_comes_in(self):
        delivery = self.env["stock.move"].create(
            {
                "product_id": self.resin.id,
                "product_uom": self.resin.uom_id.id,
                "product_uom_qty": 10,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        delivery._action_confirm()
        self.receive_lots(**{"R-1": 100})
        delivery._action_assign()
        self.assertEqual(delivery.quantity, 0)

    def test_chained_delivery_does_not_reserve_what_comes_in(self):
        picking = self.make_receipt(100)
        chained = self.env["stock.move"].create(
            {
                "product_id": self.resin.id,
                "product_uom": self.resin.uom_id.id,
                "product_uom_qty": 100,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "procure_method": "make_to_order",
                "move_orig_ids": [Command.link(picking.move_ids.id)],
            }
        )
        chained._action_confirm()
        self.fill(picking, **{"R-1": 100})
        self.validate(picking)
        self.assertEqual(chained.quantity, 0)
        self.assertEqual(self.lot("R-1").disposition, "pending")

    def test_partial_receipt_and_its_backorder_are_both_inspected(self):
        picking = self.make_receipt(100)
        self.fill(picking, **{"R-1": 30})
        self.validate(picking)
        first = picking.inspection_ids
        backorder = picking.backorder_ids
        self.fill(backorder, **{"R-2": 70})
        self.validate(backorder)
        second = backorder.inspection_ids
        self.assertEqual(first.lot_id.name, "R-1")
        self.assertEqual(second.lot_id.name, "R-2")
        self.assertEqual((first.quantity, second.quantity), (30, 70))

    def test_same_lot_joins_the_inspection_that_still_waits(self):
        first = self.inspection(**{"R-1": 30})
        picking = self.receive_lots(**{"R-1": 70})
        self.assertEqual(picking.inspection_ids, first)
        self.assertEqual(first.quantity, 100)
        self.assertEqual(len(first.lot_id.inspection_ids), 1)

    def test_same_lot_is_inspected_anew_once_samples_were_taken(self):
        first = self.inspection(**{"R-1": 30})
        first.with_user(self.inspector).action_start()
        picking = self.receive_lots(**{"R-1": 70})
        self.assertNotEqual(picking.inspection_ids, first)
        self.assertEqual((first.quantity, picking.inspection_ids.quantity), (30, 70))

    def test_more_of_a_released_lot_holds_it_again(self):
        first = self.enter(self.inspection(**{"R-1": 30}))
        first.action_conclude()
        self.assertEqual(first.lot_id.disposition, "released")
        self.receive_lots(**{"R-1": 70})
        self.assertEqual(first.lot_id.disposition, "pending")

    def test_more_of_a_quarantined_lot_stays_quarantined(self):
        first = self.enter(self.inspection(**{"R-1": 30}), viscosity=2000)
        first.action_conclude()
        picking = self.receive_lots(**{"R-1": 70})
        self.assertEqual(len(picking.inspection_ids), 1)
        self.assertEqual(first.lot_id.disposition, "quarantined")

    def test_several_lines_of_one_lot_are_one_inspection(self):
        picking = self.make_receipt(100)
        self.fill(picking, **{"R-1": 60})
        self.add_line(picking, lot_name="R-1", quantity=40, picked=True)
        self.validate(picking)
        self.assertEqual(len(picking.move_line_ids), 2)
        self.assertEqual(len(picking.inspection_ids), 1)
        self.assertEqual(picking.inspection_ids.quantity, 100)

    def test_immediate_transfer_is_inspected(self):
        """A receipt that was never confirmed, its lines written at once."""
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.supplier.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "move_line_ids": [
                    Command.create(
                        {
                            "product_id": self.resin.id,
                            "product_uom_id": self.resin.uom_id.id,
                            "location_id": self.suppliers.id,
                            "location_dest_id": self.stock.id,
                            "lot_name": "R-1",
                            "quantity": 5,
                        }
                    )
                ],
            }
        )
        picking.button_validate()
        self.assertEqual(picking.inspection_ids.quantity, 5)
        self.assertEqual(self.lot("R-1").disposition, "pending")

    def test_move_without_a_picking_is_inspected(self):
        lot = self.env["stock.lot"].create({"name": "R-1", "product_id": self.resin.id})
        move = self.env["stock.move"].create(
            {
                "product_id": self.resin.id,
                "product_uom": self.resin.uom_id.id,
                "product_uom_qty": 5,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "partner_id": self.supplier.id,
            }
        )
        move._action_confirm()
        move.move_line_ids = [
            Command.clear(),
            Command.create(
                {
                    "product_id": self.resin.id,
                    "product_uom_id": self.resin.uom_id.id,
                    "location_id": self.suppliers.id,
                    "location_dest_id": self.stock.id,
                    "lot_id": lot.id,
                    "quantity": 5,
                }
            ),
        ]
        move.picked = True
        move._action_done()
        self.assertEqual(lot.inspection_ids.partner_id, self.supplier)
        self.assertEqual(lot.disposition, "pending")

    def test_quantity_is_kept_in_the_unit_of_the_product(self):
        picking = self.make_receipt(100)
        self.fill(picking, **{"R-1": 1})
        tonne = self.env.ref("uom.product_uom_ton")
        picking.move_ids.move_line_ids.product_uom_id = tonne
        self.validate(picking)
        self.assertEqual(picking.inspection_ids.quantity, 1000)

    def test_product_without_a_plan_stays_free(self):
        hinge = self.make_product("Hinge")
        picking = self.receive_lots(product=hinge, **{"H-1": 5})
        self.assertFalse(picking.inspection_ids)
        self.assertEqual(self.lot("H-1", hinge).disposition, "released")

    def test_returns_of_customers_are_not_receipts(self):
        picking = self.receive_lots(source=self.customers, **{"R-1": 5})
        self.assertFalse(picking.inspection_ids)

    def test_inventory_found_is_not_a_receipt(self):
        lot = self.env["stock.lot"].create({"name": "R-1", "product_id": self.resin.id})
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": self.resin.id,
                "location_id": self.stock.id,
                "lot_id": lot.id,
                "inventory_quantity": 5,
            }
        ).action_apply_inventory()
        self.assertFalse(lot.inspection_ids)
        self.assertEqual(lot.disposition, "released")

    def test_responsible_inspector_gets_a_task(self):
        self.plan.user_id = self.inspector
        inspection = self.inspection()
        self.assertEqual(inspection.activity_ids.user_id, self.inspector)
        self.enter(inspection).action_conclude()
        self.assertFalse(inspection.activity_ids)
