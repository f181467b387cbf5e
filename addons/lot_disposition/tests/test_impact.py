"""What a hold takes back is told to whom it concerns."""

from odoo import Command

from .common import DispositionCase


class TestImpact(DispositionCase):
    def setUp(self):
        super().setUp()
        self.customer = self.env["res.partner"].create({"name": "Nordic Boats"})
        self.picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "partner_id": self.customer.id,
                "user_id": self.stock_user.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 16,
                            "location_id": self.stock.id,
                            "location_dest_id": self.customers.id,
                        }
                    )
                ],
            }
        )
        self.picking.action_confirm()
        self.picking.action_assign()

    def test_who_counted_on_it_with_quantity_date_and_what_else_there_is(self):
        (entry,) = self.hold(self.lot_a)
        impact = self.env["lot.disposition.impact"].search(
            [("entry_id", "=", entry.id)]
        )
        self.assertEqual(impact.document_name, self.picking.name)
        self.assertEqual(impact.partner_id, self.customer)
        self.assertEqual(impact.date, self.picking.move_ids.date)
        self.assertEqual((impact.quantity, impact.missing_quantity), (10, 6))
        self.assertEqual(self.lot_a.disposition_impact_count, 1)

    def test_what_could_serve_is_named(self):
        receipt = self.make_move(self.stock, 30, source=self.suppliers)
        (entry,) = self.hold(self.lot_a)
        impact = self.env["lot.disposition.impact"].search(
            [("entry_id", "=", entry.id)]
        )
        self.assertEqual(impact.incoming_quantity, 30)
        self.assertEqual(impact.incoming_date, receipt.date)
        self.assertEqual(impact.free_quantity, 0)

    def test_the_document_is_told_and_somebody_asked_to_act(self):
        self.hold(self.lot_a)
        bodies = str(self.picking.message_ids.mapped("body"))
        self.assertIn("LOT-A", bodies)
        self.assertIn("Hardness too low", bodies)
        self.assertEqual(self.picking.activity_ids.user_id, self.stock_user)

    def test_moves_that_wait_for_it_are_in_danger_too(self):
        later = self.make_move(self.customers, 3, partner_id=self.customer.id)
        self.picking.move_ids.move_dest_ids = later
        (entry,) = self.hold(self.lot_a)
        impacts = self.env["lot.disposition.impact"].search(
            [("entry_id", "=", entry.id)]
        )
        self.assertEqual(set(impacts.mapped("kind")), {"reserved", "downstream"})

    def test_a_release_endangers_nobody(self):
        self.hold(self.lot_a)
        before = self.env["lot.disposition.impact"].search_count([])
        self.hold(self.lot_a, "released", "Retested")
        self.assertEqual(self.env["lot.disposition.impact"].search_count([]), before)
