"""Ways around the two people who release goods that no lot holds."""

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from .place_release_case import PlaceReleaseCase


class TestDatabase(PlaceReleaseCase):
    """What gets past Odoo is refused by the database."""

    def assert_refused_there(self, *statements):
        self.env.flush_all()
        for statement in statements:
            with (
                self.subTest(statement=statement),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_entry_of_one_person_is_not_enough(self):
        move = self.make_move(self.shelf, 4, source=self.cage)
        line = self.env["stock.move.line"].create(
            {
                **self.prepare_line(self.shelf, 4, self.no_lot, source=self.cage),
                "quantity": 0,
                "move_id": move.id,
            }
        )
        self.cage._record("taken_out", "By one", path="ui")
        done = SQL(
            "UPDATE stock_move_line SET state = 'done', quantity = 4,"
            " quantity_product_uom = 4 WHERE id = %s",
            line.id,
        )
        self.assert_refused_there(done)
        for setting, value in (("release_people", "one"), ("release_signature", True)):
            self.product.product_tmpl_id[setting] = value
        self.assert_refused_there(done)
        self.product.product_tmpl_id.release_signature = False
        self.env.flush_all()
        self.env.cr.execute(done)

    def test_category_up_the_tree(self):
        metal = self.env["product.category"].create({"name": "M", "release_people": "two"})
        inner = self.env["product.category"].create({"name": "I", "parent_id": metal.id})
        self.product.product_tmpl_id.write({"release_people": False, "categ_id": inner.id})
        for setting, expected in (("two", True), (False, True), ("one", False)):
            inner.release_people = setting
            self.env.flush_all()
            self.env.cr.execute(
                SQL("SELECT lot_disposition_takes_permit(%s)", self.product.id)
            )
            with self.subTest(setting=setting):
                self.assertEqual(self.env.cr.fetchone()[0], expected)

    def test_receipt_is_evidence(self):
        line = self.receive().move_line_ids
        self.cage._record("correction", "By one", path="ui")
        self.assert_refused_there(
            SQL("UPDATE stock_move_line SET quantity_product_uom = 1 WHERE id = %s", line.id),
            SQL(
                "UPDATE stock_move_line SET location_dest_id = %s WHERE id = %s",
                self.shelf.id,
                line.id,
            ),
            SQL("UPDATE stock_move_line SET state = 'draft' WHERE id = %s", line.id),
        )


class TestForged(PlaceReleaseCase):
    """What somebody would send who knows the models."""

    def test_permit_is_made_as_it_should_be_or_not_at_all(self):
        permit = self.ask(state="active", used_quantity=-5)
        self.assertEqual((permit.state, permit.used_quantity), ("waiting", 0))
        for nested in (
            {"request_ids": [Command.create({"state": "done", "reason": "x", "path": "ui"})]},
            {"use_ids": [Command.create({"quantity": -4})]},
            {"lot_id": self.lot_a.id},
            {"package_id": self.package.id},
        ):
            with self.subTest(nested=nested):
                self.assert_refused(
                    lambda n=nested: self.ask(2, **n), "", (UserError, IntegrityError)
                )

    def test_permit_is_not_turned_into_another(self):
        permit = self.release(2).with_user(self.manager)
        for vals in (
            {"location_id": self.shelf.id},
            {"product_id": self.lot_a.product_id.id},
            {"quantity": 10},
            {"used_quantity": 0},
            {"release_to_id": self.shelf.id},
            {"state": "active"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                permit.write(vals)

    def test_requests_and_approvals_are_not_written(self):
        request = self.ask().request_ids.with_user(self.manager)
        for action in (
            lambda: request.write({"state": "done"}),
            lambda: request.write({"people_needed": 1}),
            request.copy,
            lambda: self.env["lot.disposition.approval"]
            .with_user(self.manager)
            .create({"request_id": request.id, "user_id": self.second.id}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                action()

    def test_place_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        cage = self.env["stock.location"].create(
            {
                "name": "Their cage",
                "location_id": warehouse.lot_stock_id.id,
                "company_id": other.id,
                "is_quarantine": True,
            }
        )
        self.stock_up(cage, 5)
        with self.assertRaises(AccessError):
            self.ask(2, user=self.second, location_id=cage.id)

    def test_rule_relaxed_after_it_was_asked_for_changes_nothing(self):
        permit = self.ask()
        self.product.product_tmpl_id.release_people = "one"
        with self.assertRaisesRegex(UserError, "another person"):
            permit.request_ids.with_user(self.inspector).action_approve()

    def test_return_wizard_brings_nothing_out(self):
        """A return of what was brought goes where the goods came from, not to stock."""
        picking_type = self.warehouse.int_type_id
        self.stock_up(self.stock, 3)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_id": self.stock.id,
                "location_dest_id": self.cage.id,
            }
        )
        move = self.make_move(self.cage, 3, picking_id=picking.id)
        move.quantity = 3
        move.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = 3

        def bring_back():
            action = wizard.action_create_returns()
            back = self.env["stock.picking"].browse(action["res_id"])
            back.move_ids.quantity = 3
            back.move_ids.picked = True
            back.with_user(self.stock_user).button_validate()

        self.assert_refused(bring_back)
