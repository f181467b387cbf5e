"""Goods that two people release, and that no lot holds, leave their place on a permit."""


from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from ..exceptions import LotOnHoldError
from .place_release_case import PlaceReleaseCase


class TestOnePerson(PlaceReleaseCase):
    """Nobody alone, whatever the way."""

    def test_transfer(self):
        for user in self.everybody:
            with self.subTest(user=user.login):
                self.assert_refused(lambda u=user: self.move_out(user=u))

    def test_relocation(self):
        for user in self.everybody:
            quant = self.quant.with_user(user)
            with self.subTest(user=user.login):
                self.assert_refused(lambda q=quant: q.sudo().move_quants(self.stock))

    def test_count(self):
        for user in self.second | self.manager:
            quant = self.quant.with_user(user).with_context(inventory_mode=True)

            def count(counted=quant):
                counted.inventory_quantity = 6
                counted.action_apply_inventory()

            with self.subTest(user=user.login):
                self.assert_refused(count)

    def test_quant_written_created_imported_deleted(self):
        for user in self.everybody - self.env.ref("base.user_root"):
            quant = self.quant.with_user(user)
            for action in (
                lambda q=quant: q.write({"location_id": self.stock.id}),
                lambda q=quant: q.write({"quantity": 6}),
                quant.unlink,
                lambda q=quant: q.create(
                    {
                        "product_id": self.product.id,
                        "location_id": self.cage.id,
                        "quantity": -4,
                    }
                ),
            ):
                with self.subTest(user=user.login):
                    self.assert_refused(action, "quarantined|not allowed", UserError)

    def test_line_of_a_finished_move(self):
        self.stock_up(self.stock, 4)
        move = self.make_move(self.shelf, 4)
        move.quantity = 4
        move.picked = True
        move._action_done()
        line = self.prepare_line(self.shelf, 4, self.no_lot, source=self.cage)
        for user in self.everybody:
            done = move.with_user(user)
            with self.subTest(user=user.login):
                self.assert_refused(
                    lambda d=done: d.write({"move_line_ids": [Command.create(line)]})
                )
                self.assert_refused(
                    lambda d=done: d.move_line_ids.write({"location_id": self.cage.id})
                )

    def test_receipt_edited_after_it_was_done(self):
        line = self.receive().move_line_ids
        for user in self.everybody:
            mine = line.with_user(user)
            words = "Cage"
            for action in (
                lambda m=mine: m.write({"location_dest_id": self.shelf.id}),
                lambda m=mine: m.write({"quantity": 1}),
                lambda m=mine: m.move_id.write({"quantity": 1}),
            ):
                with self.subTest(user=user.login):
                    self.assert_refused(action, words)
        line.with_user(self.second).quantity = 5  # more is no release
        self.assertEqual(self.quant.quantity, 15)

    def test_place_made_over(self):
        box = self.make_place("Box", location_id=self.cage.id)
        self.stock_up(box, 5)
        for vals in (
            {"usage": "production"},
            {"usage": "supplier"},
            {"location_id": self.shelf.id},
        ):
            with self.subTest(vals=vals):
                self.assert_refused(
                    lambda v=vals: box.with_user(self.manager).write(v),
                    "release it first|can't be converted",
                    UserError,
                )
        inner = self.make_place("Inner cage", location_id=self.cage.id)
        box.with_user(self.manager).location_id = inner  # it stays held
        self.assertTrue(box.in_quarantine)

    def test_package_taken_out_of_a_held_one(self):
        inner = self.env["stock.package"].create(
            {"name": "INNER", "parent_package_id": self.package.id}
        )
        self.stock_up(self.shelf, 5, inner)
        self.package._set_disposition("quarantined", "Wet carton")
        for user in self.manager | self.env.ref("base.user_admin"):
            with self.subTest(user=user.login):
                self.assert_refused(
                    lambda u=user: inner.with_user(u).write({"parent_package_id": False})
                )

    def test_lot_tracked_goods_that_lost_their_lot(self):
        self.product = self.env["product.product"].create(
            {"name": "Resin", "is_storable": True, "tracking": "lot"}
        )
        self.product.product_tmpl_id.release_people = "two"
        self.stock_up(self.cage, 10)
        for user in self.everybody:
            quant = self.quant.with_user(user)
            with self.subTest(user=user.login):
                self.assert_refused(lambda q=quant: q.sudo().move_quants(self.stock))

    def test_what_one_person_releases_is_still_one_persons(self):
        self.product.product_tmpl_id.release_people = "one"
        self.move_out(user=self.second)
        self.assertEqual(self.quant.quantity, 6)


class TestTwoPeople(PlaceReleaseCase):
    def test_request_approval_and_the_way_out(self):
        permit = self.ask()
        request = permit.request_ids
        self.assertEqual(
            (permit.state, request.location_id, request.product_id, request.quantity),
            ("waiting", self.cage, self.product, 4),
        )
        self.assertIn("Screw out of", request.display_name)
        self.assertEqual(
            [request.with_user(user).has_approved for user in (self.inspector, self.second)],
            [True, False],
        )
        self.assert_refused(self.move_out)
        with self.assertRaisesRegex(UserError, "another person"):
            request.with_user(self.inspector).action_approve()
        with self.assertRaises(AccessError):
            request.with_user(self.stock_user).action_approve()
        request.with_user(self.second).action_approve()
        self.assertEqual(permit.state, "active")
        self.move_out(3)
        self.assertEqual((permit.remaining_quantity, self.quant.quantity), (1, 7))
        self.assert_refused(lambda: self.move_out(2))
        self.move_out(1)
        self.assert_refused(lambda: self.move_out(1))
        entries = self.env["lot.disposition.entry"].search(
            [("location_id", "=", self.cage.id), ("product_id", "=", self.product.id)]
        )
        self.assertEqual(entries.mapped("kind"), ["permit_use", "permit_use", "permit"])
        self.assertEqual(entries[-1].request_id.approval_ids.user_id, self.inspector | self.second)

    def test_two_lines_share_one_permit(self):
        permit = self.release(4)
        moves = self.env["stock.move"]
        for _number in range(2):
            move = self.make_move(self.shelf, 2, source=self.cage)
            move.quantity = 2
            move.picked = True
            moves |= move
        moves.with_user(self.stock_user)._action_done()
        self.assertEqual(permit.used_quantity, 4)

    def test_signature(self):
        self.product.product_tmpl_id.release_people = "one"
        self.product.product_tmpl_id.release_signature = True
        permit = self.ask(user=self.second)
        request = permit.request_ids.with_user(self.second)
        action = request.action_approve()
        self.assertEqual(permit.state, "waiting")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.second)
            .with_context(**action["context"])
            .create({"meaning": "approval"})
        )
        wizard.with_context(password="second-pw").action_sign()
        self.assertTrue(request.approval_ids.is_signed)
        self.move_out(4)

    def test_counted_missing_on_a_permit(self):
        permit = self.release(4)
        quant = self.quant.with_user(self.second).with_context(inventory_mode=True)
        quant.inventory_quantity = 7
        quant.action_apply_inventory()
        self.assertEqual(permit.used_quantity, 3)

    def test_no_more_than_is_there(self):
        for quantity in (11, 0):
            with self.subTest(quantity=quantity), self.assertRaises(ValidationError):
                self.ask(quantity)
        self.release(8)
        with self.assertRaisesRegex(ValidationError, "2 Units"):
            self.ask(3)

    def test_goods_that_come_later_are_not_meant(self):
        permit = self.release(10)
        move = self.make_move(self.suppliers, 10, source=self.cage)
        move.quantity = 10
        move.picked = True
        move._action_done()
        self.assertEqual(permit.state, "revoked")
        self.receive(10)
        self.assert_refused(self.move_out)

    def test_inner_place(self):
        box = self.make_place("Box", location_id=self.cage.id)
        self.stock_up(box, 5)
        permit = self.release(5, location_id=box.id)
        self.assert_refused(lambda: self.move_out(6))
        picking = self.move_out(5)  # reserved where it was released
        self.assertEqual(picking.move_line_ids.location_id, box)
        self.assertEqual(permit.remaining_quantity, 0)

    def test_refused_or_revoked_is_not_approved_any_more(self):
        for action in ("action_revoke", "action_refuse"):
            permit = self.ask()
            request = permit.request_ids
            (permit if action == "action_revoke" else request).with_user(
                self.second
            ).__getattribute__(action)()
            with self.subTest(action=action), self.assertRaisesRegex(UserError, "decided"):
                request.with_user(self.manager).action_approve()
            self.assertEqual(permit.state, "revoked")

    def test_who_may_ask(self):
        with self.assertRaises(AccessError):
            self.ask(user=self.stock_user)
        with self.assertRaisesRegex(AccessError, "quality manager"):
            self.ask(
                location_id=False, lot_id=self.lot_a.id, product_id=self.lot_a.product_id.id
            )

    def test_held_package(self):
        self.stock_up(self.shelf, 5, self.package)
        self.package._set_disposition("quarantined", "Wet carton")
        quant = self.package.quant_ids
        self.assertEqual(
            quant.action_release_quantity()["context"]["default_package_id"], self.package.id
        )
        with self.assertRaisesRegex(LotOnHoldError, "two people"), self.env.cr.savepoint():
            quant.with_user(self.second).sudo().move_quants(self.stock, unpack=True)
        self.release(5, location_id=False, package_id=self.package.id)
        quant.with_user(self.stock_user).sudo().move_quants(self.stock, unpack=True)
        self.env.flush_all()
        self.assertFalse(self.package.quant_ids)

    def test_permit_ends_with_the_hold_it_was_for(self):
        permit, asked = self.release(2), self.ask(2)
        self.cage._set_disposition("quarantined", "Leaking roof")
        self.assertEqual((permit.state, asked.state), ("revoked", "revoked"))
        self.assertEqual(asked.request_ids.state, "obsolete")
