import base64
import json

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..lib.epcis import read_document
from .common import TraceCase


@tagged("post_install", "-at_install")
class TestEpcisExport(TraceCase):
    """The ledger in GS1's words; every document here is checked beyond the schema."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.epcis_namespace = "https://id.example.com/trace"
        cls.env.company.resource_calendar_id.tz = "Asia/Kolkata"

    def export(self, lots, **values):
        document = self.Event.export_epcis(lot_ids=lots.ids, **values)
        document = json.loads(json.dumps(document))
        return read_document(document)

    def test_a_whole_life_is_exported(self):
        lot = self.receive("B-1", 20)
        lot._set_disposition("pending", "Waiting", path="inspection")
        lot._set_disposition("released", "Fine", path="inspection")
        _order, tables = self.produce({lot: 4}, {"T-1": 2})
        self.ship(tables, 2)
        self.take_back(tables, 1)
        self.recall(lot).action_contain()
        events = self.export(lot | tables)
        self.assertEqual(
            [(event.biz_step, event.disposition) for event in events],
            [
                ("receiving", None),
                ("holding", "non_sellable_other"),
                ("inspecting", "conformant"),
                ("accepting", "available"),
                ("commissioning", None),
                ("shipping", "in_transit"),
                ("receiving", "returned"),
                (None, "recalled"),
                (None, "recalled"),
            ],
        )

    def test_own_identifiers_places_and_units(self):
        self.board.default_code = "BRD 1"
        [event] = self.export(self.receive("B/1", 20))
        [part] = event.items.quantities
        self.assertEqual(
            part.epc_class, "https://id.example.com/trace/item/BRD%201/lot/B%2F1"
        )
        self.assertEqual((part.quantity, part.uom), (20, "KGM"))
        self.assertEqual(
            event.read_point, f"https://id.example.com/trace/location/{self.stock.id}"
        )
        self.assertEqual(event.offset, "+05:30")
        self.assertTrue(event.transactions[0][1].startswith("https://id.example.com/"))

    def test_gs1_identifiers_with_prefix_and_gtin(self):
        self.env.company.gs1_company_prefix = "4012345"
        self.board.barcode = "4012345111118"
        [event] = self.export(self.receive("B-1", 20))
        self.assertEqual(
            event.items.quantities[0].epc_class,
            "https://id.gs1.org/01/04012345111118/10/B-1",
        )
        self.env.company.epcis_identifier_form = "urn"
        [event] = self.export(self.receive("B-2", 20))
        self.assertEqual(
            event.items.quantities[0].epc_class,
            "urn:epc:class:lgtin:4012345.011111.B-2",
        )

    def test_serials_are_objects_not_quantities(self):
        self.env.company.gs1_company_prefix = "4012345"
        machine = self.make_product("Machine", "serial", barcode="4012345111118")
        [event] = self.export(self.receive("M-1", 1, machine))
        self.assertEqual(
            event.items.epcs, ("https://id.gs1.org/01/04012345111118/21/M-1",)
        )
        self.assertFalse(event.items.quantities)

    def test_units_without_a_code_are_written_in_what_they_are_made_of(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(dozen._to_epcis(2), (24, None))
        self.assertEqual(self.kilogram._to_epcis(2), (2, "KGM"))
        sack = self.env["uom.uom"].create(
            {
                "name": "Sack",
                "relative_factor": 25,
                "relative_uom_id": self.kilogram.id,
            }
        )
        self.assertEqual(sack._to_epcis(2), (50, "KGM"))

    def test_a_correction_declares_the_error_and_tells_it_right(self):
        lot = self.receive("B-1", 20)
        self.ship(lot, 6).move_line_ids.quantity = 4
        _receipt, wrong, declared, right = self.export(lot)
        self.assertEqual(declared.event_id, wrong.event_id)
        self.assertEqual(declared.error["reason"], "incorrect_data")
        self.assertEqual(declared.error["correctiveEventIDs"], [right.event_id])
        self.assertEqual(wrong.items.quantities[0].quantity, 6)
        self.assertEqual(right.items.quantities[0].quantity, 4)

    def test_a_shipment_corrected_to_nothing_did_not_occur(self):
        lot = self.receive("B-1", 20)
        self.ship(lot, 6).move_line_ids.quantity = 0
        _receipt, wrong, declared = self.export(lot)
        self.assertEqual(declared.event_id, wrong.event_id)
        self.assertEqual(declared.error["reason"], "did_not_occur")

    def test_ids_stay_the_same(self):
        lot = self.receive("B-1", 20)
        first, second = self.export(lot), self.export(lot)
        self.assertEqual(
            [event.event_id for event in first], [event.event_id for event in second]
        )

    def test_only_the_period_asked_for(self):
        lot = self.receive("B-1", 20)
        moment = self.events(lot).occurred_at
        self.assertTrue(self.export(lot, date_from=moment))
        self.assertFalse(self.export(lot, date_to=moment))

    def test_the_wizard_downloads_what_it_says(self):
        lot, other = self.receive("B-1", 20), self.receive("B-2", 20)
        wizard = (
            self.env["traceability.epcis.export"]
            .with_user(self.stock_user)
            .create({"lot_ids": lot.ids})
        )
        action = wizard.action_export()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertTrue(wizard.file_name.endswith(".jsonld"))
        events = read_document(json.loads(base64.b64decode(wizard.file)))
        self.assertEqual(
            [event.event_id for event in events],
            [f"urn:uuid:{self.events(lot).event_uuid}"],
        )
        self.assertNotIn(other.name, base64.b64decode(wizard.file).decode())

    def test_settings_that_would_break_every_export_are_refused(self):
        for values in (
            {"gs1_company_prefix": "40-123"},
            {"epcis_namespace": "our plant"},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self.env.company.write(values)
