import csv
import io
import json
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, api
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.integration_core.models.integration_seal import SETTING

from .common import TraceCase

LEDGER = "traceability.lot.event"


@tagged("post_install", "-at_install")
class TestLedger(TraceCase):
    """Every move of a lot is on record, and nobody changes it unseen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(patch.dict(config.options, {SETTING: "seal-key-" * 4}))
        cls.lot_one = cls.env["stock.lot"].create(
            {"name": "R1", "product_id": cls.raw.id}
        )

    def live(self):
        self.receive_lot(self.lot_one, 30)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        self.transfer(self.lot_one, 5, self.stock, shelf, self.supplier, "int")
        self.produce({self.lot_one: 10}, self.lot("F1", self.finished), 5)
        self.ship(self.lot_one, 2)
        self.take_back(self.lot_one, 1)
        self.transfer(self.lot_one, 1, self.stock, self.suppliers, self.supplier, "out")
        self.env.flush_all()

    def seal(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            api.Environment(cr, self.uid, {})["integration.seal"]._cron_seal()
        self.env.invalidate_all()

    def find_faults(self):
        return self.env["integration.seal"]._find_faults(LEDGER)

    def events(self):
        return self.env[LEDGER].search([("lot_id", "=", self.lot_one.id)], order="id")

    def test_every_finished_line_of_a_lot_has_its_row(self):
        self.live()
        self.assertEqual(
            self.events().mapped("kind"),
            [
                "receipt",
                "transfer",
                "consumption",
                "shipment",
                "customer_return",
                "vendor_return",
            ],
        )
        lines = self.env["stock.move.line"].search(
            [("lot_id", "=", self.lot_one.id), ("state", "=", "done")]
        )
        self.assertEqual(self.events().move_line_id, lines)
        made = self.env[LEDGER].search([("lot_id.name", "=", "F1")])
        self.assertEqual(made.inputs[0]["lot"], "R1")
        self.assertEqual(made.inputs[0]["quantity"], 10)

    def test_what_a_line_does_no_more_is_on_record(self):
        line = self.receive_lot(self.lot_one, 30).move_line_ids
        line.quantity = 0
        self.assertEqual(
            [(row.kind, row.quantity) for row in self.events()],
            [("receipt", 30), ("correction", 0)],
        )
        line.quantity = 20
        other = self.lot("R2")
        line.lot_id = other
        self.assertEqual(self.events().mapped("quantity"), [30, 0, 20, 0])
        row = self.env[LEDGER].search([("lot_id", "=", other.id)])
        self.assertEqual((row.kind, row.quantity), ("correction", 20))
        line.quantity = 20
        self.assertEqual(len(self.events()), 4)

    def test_another_place_or_date_is_on_record(self):
        self.receive_lot(self.lot_one, 30)
        shelves = self.env["stock.location"].create(
            [{"name": name, "location_id": self.stock.id} for name in ("S1", "S2")]
        )
        self.transfer(self.lot_one, 5, self.stock, shelves[0], self.supplier, "int")
        line = self.events()[-1].move_line_id
        line.date += timedelta(seconds=90)  # as core does while it posts
        self.assertEqual(len(self.events()), 2)
        line.date = "2026-01-05 08:00:00"
        line.location_dest_id = shelves[1]
        rows = self.events()[2:]
        self.assertEqual(rows.mapped("kind"), ["correction", "correction"])
        self.assertEqual(str(rows[0].occurred_at), "2026-01-05 08:00:00")
        self.assertEqual(rows[1].location_dest_id, shelves[1])

    def made(self, name, kind):
        rows = self.env[LEDGER].search([("lot_id.name", "=", name)], order="id")
        return rows.filtered(lambda row: row.kind == kind)

    def test_what_is_relabelled_says_of_what_it_was_made(self):
        self.receive_lot(self.lot_one, 30)
        relabel = self.env["traceability.relabel"].split(
            self.lot_one, self.stock, {"R1-A": 3, "R1-B": 1}, "Two sides"
        )
        row = self.made("R1-A", "relabel")
        self.assertEqual([(i["lot"], i["quantity"]) for i in row.inputs], [("R1", 3)])
        self.assertEqual((row.res_model, row.res_id), (relabel._name, relabel.id))
        child = self.lot_one._split_for_disposition(4, "quarantined", "Rust")
        row = self.made(child.name, "relabel")
        self.assertEqual([(i["lot"], i["quantity"]) for i in row.inputs], [("R1", 4)])
        self.assertEqual(
            self.events().filtered(lambda r: r.move_line_id).mapped("kind"),
            ["receipt", "consumption", "consumption"],
        )

    def test_what_is_taken_apart_says_of_what_it_was_made(self):
        self.receive_lot(self.lot_one, 30)
        output = self.lot("F1", self.finished)
        production = self.produce({self.lot_one: 20}, output, 10)
        unbuild = self.env["mrp.unbuild"].create(
            {
                "product_id": self.finished.id,
                "bom_id": self.bom.id,
                "mo_id": production.id,
                "lot_id": output.id,
                "product_qty": 2,
            }
        )
        unbuild.action_unbuild()
        row = self.made("R1", "unbuild")
        self.assertEqual([(i["lot"], i["quantity"]) for i in row.inputs], [("F1", 2)])

    def test_a_lot_posted_in_two_lines_is_not_made_of_twice_as_much(self):
        self.receive_lot(self.lot_one, 30)
        output = self.lot("F1", self.finished)
        order = self.order(self.finished, 10)
        order.lot_producing_ids = [Command.set(output.ids)]
        order.qty_producing = 10
        self.fill(order.move_raw_ids, {self.lot_one: 20})
        move = order.move_finished_ids
        self.fill(move, {output: 6}, picked=False)
        move.move_line_ids.copy({"quantity": 4})
        order.with_context(skip_consumption=True, skip_backorder=True).button_mark_done()
        self.assertEqual(order.state, "done")
        rows = self.made("F1", "production")
        self.assertEqual(rows.mapped("quantity"), [6, 4])
        self.assertEqual([row.inputs[0]["quantity"] for row in rows], [12, 8])

    def tamper(self, statement, *values):
        """Return what verifying finds after a statement of whoever owns the table."""
        with self.env.cr.savepoint() as point:
            self.env.cr.execute("SET LOCAL session_replication_role = replica")
            self.env.cr.execute(statement, values)
            self.assertTrue(self.env.cr.rowcount, statement)
            self.env.cr.execute("SET LOCAL session_replication_role = origin")
            self.env.invalidate_all()
            found = self.find_faults()
            point.rollback()
            self.env.invalidate_all()
        return found

    def test_a_change_of_any_column_as_table_owner_is_found(self):
        self.live()
        self.seal()
        self.assertEqual(self.find_faults(), [])
        self.env.cr.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'traceability_lot_event' AND column_name <> 'id'"
        )
        columns = dict(self.env.cr.fetchall())
        self.assertEqual(set(columns), set(self.env[LEDGER]._sealed_columns))
        for column, kind in columns.items():
            changed = {
                "character varying": "COALESCE({0}, '') || 'x'",
                "timestamp without time zone": "{0} + interval '1 second'",
                "jsonb": """'[{{"lot": "other"}}]'""",
            }.get(kind, "COALESCE({0}, 0) + 1")
            with self.subTest(column=column):
                self.assertTrue(
                    self.tamper(
                        f"UPDATE traceability_lot_event SET {column} ="
                        f" {changed.format(column)} WHERE id = %s",
                        self.events()[1].id,
                    )
                )
        self.assertEqual(self.find_faults(), [])

    def test_rows_removed_exchanged_or_put_between_are_found(self):
        self.live()
        self.env.cr.execute("SELECT nextval('traceability_lot_event_id_seq')")
        [gap] = self.env.cr.fetchone()
        self.receive_lot(self.lot_one, 1)
        self.seal()
        self.assertEqual(self.find_faults(), [])
        first, second, *_more, last = self.events().ids
        names = set(self.env[LEDGER]._sealed_columns) - {"move_line_id"}
        columns = ", ".join(sorted(names))
        delete = "DELETE FROM traceability_lot_event WHERE id"
        insert = f"INSERT INTO traceability_lot_event (id, {columns}) SELECT %s, {columns}"
        for statement, *values in (
            (f"{delete} = %s", second),
            (f"{delete} = %s", last),
            (f"{delete} >= %s", second),
            (f"{insert} FROM traceability_lot_event WHERE id = %s", gap, first),
        ):
            with self.subTest(statement=statement):
                self.assertTrue(self.tamper(statement, *values))
        self.assertTrue(self.exchange(first, second))

    def exchange(self, first, second):
        """Let two rows change places: what happened first is told as the second."""
        table = "UPDATE traceability_lot_event SET id ="
        return self.tamper(
            f"{table} -id WHERE id IN %s; {table} %s + id WHERE id IN %s",
            (first, second),
            first + second,
            (-first, -second),
        )

    def test_evidence_is_harmless_in_a_spreadsheet(self):
        self.live()
        self.customer.name = "=1+1"
        content = io.BytesIO(self.events()._export_evidence())
        archive = zipfile.ZipFile(content)
        rows = csv.DictReader(io.StringIO(archive.read("ledger.csv").decode()))
        self.assertIn("'=1+1", {row["partner_id.name"] for row in rows})

    def test_evidence_holds_rows_seals_and_what_they_cover(self):
        self.live()
        self.seal()
        number = self.events()._export_evidence()
        archive = zipfile.ZipFile(io.BytesIO(number))
        rows = list(csv.DictReader(io.StringIO(archive.read("ledger.csv").decode())))
        self.assertEqual([int(row["id"]) for row in rows], self.events().ids)
        self.assertEqual(rows[0]["kind"], "receipt")
        about = json.loads(archive.read("seals.json"))
        self.assertEqual(about["faults"], [])
        covered = [seal["first_id"] <= self.events()[0].id for seal in about["seals"]]
        self.assertTrue(any(covered))
        self.assertTrue(all(len(seal["mac"]) >= 32 for seal in about["seals"]))
