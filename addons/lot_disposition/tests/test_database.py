"""Statements written by hand, without Odoo."""

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, ForeignKeyViolation

from odoo import Command
from odoo.tools import SQL, mute_logger

from ..lib.decision import STATUSES, USES, classify, is_allowed
from .common import DispositionCase

USAGES = ("internal", "transit", "supplier", "customer", "production", "inventory", "view")


class TestStatements(DispositionCase):
    def setUp(self):
        super().setUp()
        self.shipped = self.make_move(self.customers, 2, lot=self.lot_b)
        self.shipped._action_done()
        self.received = self.make_move(
            self.stock, 2, lot=self.lot_a, source=self.suppliers
        )
        self.received._action_done()
        self.hold(self.lot_a)
        self.env.flush_all()

    def assert_refused(self, *statements, error=CheckViolation):
        with (
            self.assertRaises(error),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            for statement in statements:
                self.env.cr.execute(statement)

    def test_done_line_turned_into_one_of_a_held_lot(self):
        self.assert_refused(
            SQL(
                "UPDATE stock_move_line SET lot_id = %s WHERE id = %s",
                self.lot_a.id,
                self.shipped.move_line_ids.id,
            )
        )

    def test_done_line_of_a_held_lot_is_evidence(self):
        line = self.received.move_line_ids.id
        for statement in (
            SQL(
                "UPDATE stock_move_line SET lot_id = %s WHERE id = %s",
                self.lot_b.id,
                line,
            ),
            SQL("UPDATE stock_move_line SET quantity = 0 WHERE id = %s", line),
            SQL("UPDATE stock_move_line SET state = 'draft' WHERE id = %s", line),
            SQL("UPDATE stock_move_line SET quantity_product_uom = 9 WHERE id = %s", line),
            SQL("UPDATE stock_move_line SET owner_id = 1 WHERE id = %s", line),
            SQL(
                "UPDATE stock_move_line SET product_uom_id = product_uom_id + 1"
                " WHERE id = %s",
                line,
            ),
            SQL("DELETE FROM stock_move_line WHERE id = %s", line),
        ):
            with self.subTest(statement=statement):
                # Other addons may refer to the line, and refuse first.
                self.assert_refused(statement, error=IntegrityError)

    def test_done_line_of_goods_without_a_lot_in_a_held_place_is_evidence(self):
        self.product = self.env["product.product"].create(
            {"name": "Screw", "is_storable": True}
        )
        shelf, no_lot = self.make_place("Shelf"), self.lot_a.browse()
        self.env["stock.quant"]._update_available_quantity(self.product, shelf, 10)
        move = self.make_move(self.customers, 2, source=shelf)
        move.move_line_ids = [
            Command.clear(),
            Command.create(self.prepare_line(self.customers, 2, no_lot, source=shelf)),
        ]
        move.picked = True
        move._action_done()
        shelf._set_disposition("quarantined", "Leaking roof")
        self.env.flush_all()
        self.assert_refused(
            SQL(
                "UPDATE stock_move_line SET quantity = 1 WHERE id = %s",
                move.move_line_ids.id,
            ),
            error=IntegrityError,
        )

    def test_line_inserted_as_done(self):
        line = self.shipped.move_line_ids.id
        self.assert_refused(
            SQL(
                "INSERT INTO stock_move_line (product_id, company_id, product_uom_id,"
                " location_id, location_dest_id, quantity, state, date, lot_id)"
                " SELECT product_id, company_id, product_uom_id, location_id,"
                " location_dest_id, 1, 'done', date, %s FROM stock_move_line WHERE id = %s",
                self.lot_a.id,
                line,
            )
        )

    def test_disposition_written_past_the_ledger(self):
        for status in ("released", "restricted"):
            self.assert_refused(
                SQL(
                    "UPDATE stock_lot SET disposition = %s WHERE id = %s",
                    status,
                    self.lot_a.id,
                )
            )

    def test_lot_renamed_or_deleted(self):
        self.assert_refused(
            SQL("UPDATE stock_lot SET name = 'Z' WHERE id = %s", self.lot_a.id)
        )
        self.assert_refused(
            SQL("DELETE FROM stock_lot WHERE id = %s", self.lot_a.id),
            error=ForeignKeyViolation,
        )

    def test_stock_turned_into_other_stock(self):
        quant = self.quant_of(self.lot_a).id
        self.assert_refused(
            SQL(
                "UPDATE stock_quant SET lot_id = %s WHERE id = %s", self.lot_b.id, quant
            )
        )

    def test_stock_written_away(self):
        quant = self.quant_of(self.lot_a).id
        check = SQL(
            "SET CONSTRAINTS lot_disposition_balance, lot_disposition_balance_delete"
            " IMMEDIATE"
        )
        for statement in (
            SQL("UPDATE stock_quant SET quantity = 0 WHERE id = %s", quant),
            SQL("DELETE FROM stock_quant WHERE id = %s", quant),
        ):
            with self.subTest(statement=statement):
                self.assert_refused(statement, check)

    def test_what_is_derived_for_places_and_packages(self):
        self.stock._set_disposition("quarantined", "Roof")
        package = self.env["stock.package"].create({"name": "WET"})
        package._set_disposition("quarantined", "Wet")
        self.env.flush_all()
        check = SQL("SET CONSTRAINTS lot_disposition_derived IMMEDIATE")
        self.env.cr.execute(check)  # what Odoo derived agrees
        for table, record, assignment in (
            ("stock_location", self.stock, SQL("effective_disposition = 'released'")),
            ("stock_location", self.stock, SQL("in_quarantine = true")),
            ("stock_package", package, SQL("effective_disposition = NULL")),
        ):
            with self.subTest(table=table):
                statement = SQL(
                    "UPDATE %s SET %s WHERE id = %s",
                    SQL.identifier(table),
                    assignment,
                    record.id,
                )
                self.assert_refused(statement, check)

    def test_moves_keep_the_balance(self):
        self.make_move(self.suppliers, 2, lot=self.lot_a)._action_done()
        self.env.flush_all()
        self.env.cr.execute("SET CONSTRAINTS lot_disposition_balance IMMEDIATE")
        self.assertEqual(self.on_hand(self.lot_a), 10)


class TestTable(DispositionCase):
    """The database decides as lib/decision.py does."""

    def ask(self, function, *arguments):
        self.env.cr.execute(
            SQL("SELECT %s(%s)", SQL.identifier(function), SQL(", ").join(
                SQL("%s", argument) for argument in arguments
            ))
        )
        return self.env.cr.fetchone()[0]

    def test_classification(self):
        for source in USAGES:
            for target in USAGES:
                for flags in ((False, False), (True, False), (False, True)):
                    with self.subTest(source=source, target=target, flags=flags):
                        self.assertEqual(
                            self.ask("lot_disposition_use", source, target, *flags),
                            classify(
                                source, target, to_quarantine=flags[0], scrap=flags[1]
                            ),
                        )

    def test_decisions(self):
        for status in STATUSES:
            for use in USES:
                with self.subTest(status=status, use=use):
                    self.assertEqual(
                        self.ask("lot_disposition_allows", status, use),
                        is_allowed(status, use),
                    )
