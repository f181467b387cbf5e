"""Restricted lots go where a permit lets them, and no further."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..exceptions import LotOnHoldError
from ..models.stock_move_line import StockMoveLine
from .common import DispositionCase


class TestPermits(DispositionCase):
    def setUp(self):
        super().setUp()
        self.hold(self.lot_a, "restricted", "Colour off")
        self.hold(self.lot_b, "quarantined")
        self.customer = self.env["res.partner"].create({"name": "Tolerant"})

    def permit(self, **values):
        return self.env["lot.disposition.permit"].create(
            {"lot_id": self.lot_a.id, "reason": "Customer accepts", **values}
        )

    def ship(self, quantity, **values):
        self.make_move(self.customers, quantity, lot=self.lot_a, **values)._action_done()
        self.env.flush_all()

    def assert_refused(self, quantity=1, **values):
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"), self.env.cr.savepoint():
            self.ship(quantity, **values)
        self.env.invalidate_all()

    def test_nothing_goes_without_one(self):
        self.assert_refused()

    def test_quantity_is_counted_down(self):
        permit = self.permit(quantity=5)
        self.ship(3)
        self.assertEqual(permit.remaining_quantity, 2)
        self.assert_refused(3)
        self.ship(2)
        self.assertEqual(permit.use_ids.mapped("quantity"), [2, 3])
        self.assert_refused()
        kinds = self.lot_a.disposition_entry_ids.mapped("kind")
        self.assertEqual(kinds[:3], ["permit_use", "permit_use", "permit"])

    def test_two_lines_do_not_share_what_is_left(self):
        self.permit(quantity=5)
        moves = self.make_move(self.customers, 3, lot=self.lot_a)
        moves |= self.make_move(self.customers, 3, lot=self.lot_a)
        with self.assertRaises(LotOnHoldError):
            moves._action_done()

    def test_several_permits_add_up(self):
        self.permit(quantity=2)
        self.permit(quantity=2)
        self.ship(4)
        self.assert_refused()

    def test_customer(self):
        self.permit(partner_ids=[(6, 0, self.customer.ids)])
        self.assert_refused()
        self.ship(1, partner_id=self.customer.id)

    def test_order(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.permit(order_ref=f"stock.picking,{picking.id}")
        self.assert_refused()
        self.ship(1, picking_id=picking.id)

    def test_date(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        self.permit(valid_until=yesterday)
        self.assert_refused()
        self.permit(quantity=1, valid_from=fields.Date.today() + timedelta(days=1))
        self.assert_refused()
        self.permit(valid_until=fields.Date.today())
        self.ship(1)

    def test_kind_of_use(self):
        self.permit(quantity=5, use="consume")
        self.assert_refused()
        self.make_move(self.production, 1, lot=self.lot_a)._action_done()

    def test_reservation_takes_what_is_permitted(self):
        self.permit(quantity=5)
        move = self.make_move(self.customers, 8)
        move._action_assign()
        self.assertEqual(move.move_line_ids.lot_id, self.lot_a)
        self.assertEqual(sum(move.move_line_ids.mapped("quantity")), 5)

    def test_revoked_permit_opens_nothing_and_reservations_go(self):
        permit = self.permit(quantity=5)
        move = self.make_move(self.customers, 5)
        move._action_assign()
        self.assertEqual(move.state, "assigned")
        permit.action_revoke()
        self.assertFalse(move.move_line_ids)
        self.assert_refused()

    def test_quarantined_lot_needs_more_than_a_permit(self):
        self.permit(quantity=5)
        self.hold(self.lot_a, "quarantined")
        self.assert_refused()

    def test_permit_does_not_outlive_what_it_was_granted_for(self):
        permit = self.permit(quantity=5)
        self.hold(self.lot_a, "released", "Retested")
        self.assertEqual(permit.state, "revoked")
        self.assertIn("permit_revoked", self.lot_a.disposition_entry_ids.mapped("kind"))
        self.hold(self.lot_a, "restricted", "Scratches")
        self.assert_refused()

    def test_permit_has_a_limit_and_is_not_edited(self):
        with self.assertRaises(ValidationError):
            self.permit()
        manager = new_test_user(
            self.env, "quality-manager", "lot_disposition.lot_disposition_group_manager"
        )
        permit = self.permit(quantity=1).with_user(manager)
        for vals in ({"quantity": 100}, {"state": "active"}, {"used_quantity": 0}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                permit.write(vals)
        with self.assertRaises(UserError):
            permit.unlink()
        with self.assertRaises(AccessError):
            self.env["lot.disposition.permit"].with_user(self.inspector).create(
                {"lot_id": self.lot_a.id, "reason": "No", "quantity": 1}
            )

    def test_database_wants_to_see_the_use(self):
        with (
            patch.object(StockMoveLine, "_check_choice"),
            patch.object(StockMoveLine, "_check_lot_use"),
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(CheckViolation, "LOT-A"),
        ):
            self.ship(1)
