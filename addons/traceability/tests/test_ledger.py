import csv
import io
import json
import zipfile
from unittest.mock import patch

from odoo import api
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

    def test_tampering_as_table_owner_is_found(self):
        self.live()
        self.seal()
        self.assertEqual(self.find_faults(), [])
        for statement in (
            "UPDATE traceability_lot_event SET quantity = 1 WHERE id = %s",
            "DELETE FROM traceability_lot_event WHERE id = %s",
        ):
            with self.subTest(statement=statement), self.env.cr.savepoint() as point:
                self.env.cr.execute("SET LOCAL session_replication_role = replica")
                self.env.cr.execute(statement, (self.events()[1].id,))
                self.env.cr.execute("SET LOCAL session_replication_role = origin")
                self.env.invalidate_all()
                self.assertTrue(self.find_faults())
                point.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.find_faults(), [])

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
