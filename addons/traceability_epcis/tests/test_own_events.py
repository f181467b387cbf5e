from urllib.parse import quote

from odoo.tests import tagged

from ..lib import reading
from .common import EpcisCase


class OwnEventsCase(EpcisCase):
    """A day of our own: received, made, shipped."""

    def setUp(self):
        super().setUp()
        self.raw_lot = self.lot("R1")
        self.output = self.lot("F1", self.finished)
        self.receive_lot(self.raw_lot, 30)
        self.produce({self.raw_lot: 20}, self.output, 10)
        self.ship(self.output, 6)

    def own_events(self):
        return self.env["traceability.lot.event"].search(
            [("lot_id", "in", (self.raw_lot | self.output).ids)]
        )

    def own_event(self, kind):
        return self.own_events().filtered(lambda event: event.kind == kind)


@tagged("post_install", "-at_install")
class TestOwnEvents(OwnEventsCase):
    """The lot ledger answers queries like what others captured."""

    def test_what_did_not_occur_is_declared_so(self):
        receipt = self.own_event("receipt")
        receipt.move_line_id.quantity = 0
        events = self.own_events()
        void = events.filtered(lambda row: row.kind == "correction")
        ids = {f"urn:uuid:{row.uuid}" for row in receipt | void}
        epc = quote(receipt._build_epcis_events()[0]["quantityList"][0]["epcClass"])
        for parameters in (
            "EQ_errorReason=did_not_occur",
            "EXISTS_errorDeclaration=true",
        ):
            found = self.query(f"{parameters}&MATCH_epcClass={epc}")
            self.assertEqual({event["eventID"] for event in found}, ids)
        self.assertEqual(
            {event["errorDeclaration"]["reason"] for event in found}, {"did_not_occur"}
        )
        self.assertEqual(
            self.query(f"EQ_errorReason=incorrect_data&MATCH_epcClass={epc}"), []
        )
        self.assertEqual(reading.read_document(events._export_epcis()).faults, [])

    def test_a_new_number_leaves_past_events_as_they_were(self):
        before = self.own_event("receipt")._build_epcis_events()
        uri = before[0]["quantityList"][0]["epcClass"]
        self.raw_lot.name = "R1-NEW"
        self.assertEqual(self.own_event("receipt")._build_epcis_events(), before)
        self.assertEqual(self.env["stock.lot"]._find_by_epcis_uris([uri]), self.raw_lot)
        self.ship(self.raw_lot, 1)
        (built,) = self.own_events()[0]._build_epcis_events()
        self.assertIn("R1-NEW", built["quantityList"][0]["epcClass"])
        self.assertEqual(len(self.query(f"MATCH_epcClass={quote(uri)}")), 4)

    def test_own_events_know_declarations_patterns_and_classes(self):
        machine = self.product("MACHINE", "serial", barcode="4012345123456")
        serial = self.stocked("S-1", 1, machine)
        pattern = "urn:epc:idpat:sgtin:4012345.012345.*"
        found = self.query(f"MATCH_epc={pattern}&EQ_bizStep=receiving")
        self.assertEqual(len(found), 1)
        self.assertIn("/21/S-1", found[0]["epcList"][0])
        self.assertEqual(self.query("MATCH_epc=urn:epc:idpat:sgtin:0614141.*.*"), [])
        (receipt,) = self.own_event("receipt")._build_epcis_events()
        uri = receipt["quantityList"][0]["epcClass"]
        events = self.events_of(self.call(f"/epcs/{quote(uri, safe='')}/events"))
        kinds = {event.get("bizStep") for event in events}
        self.assertLessEqual({"receiving", "commissioning"}, kinds)
        self.own_event("shipment").move_line_id.quantity = 5
        since = "GE_errorDeclarationTime=2026-01-01T00:00:00Z&EQ_bizStep=shipping"
        self.assertTrue(self.query(since))
        self.assertEqual(
            self.query("LT_errorDeclarationTime=2001-01-01T00:00:00Z"), []
        )
        places = self.call("/readPoints?perPage=1000").json()["member"]
        self.assertIn(receipt["readPoint"]["id"], places)
        self.assertTrue(serial)

    def test_recalled_and_rejected_are_said_so(self):
        self.raw_lot._set_disposition("quarantined", "Rust", path="recall")
        self.output._set_disposition("rejected", "Rust")
        for disposition, lot in (
            ("recalled", self.raw_lot),
            ("non_conformant", self.output),
        ):
            uri = quote(lot._get_epcis_uri())
            found = self.query(f"EQ_disposition={disposition}&MATCH_epcClass={uri}")
            self.assertEqual(len(found), 1)

    def test_own_lots_are_listed_page_by_page(self):
        self.raw.barcode = "4012345123456"
        odd = self.stocked("Größe 1/2", 1, self.finished)
        uris = {lot._get_epcis_uri() for lot in self.raw_lot | self.output | odd}
        found, path = [], "/epcs?perPage=7"
        while path:
            response = self.call(path)
            found += response.json()["member"]
            link = response.headers.get("Link", "")
            path = link.partition("/epcis/v2")[2].partition(">")[0]
        self.assertLessEqual(uris, set(found))
        self.assertEqual(found, sorted(set(found)))

    def test_own_rows_are_found_by_what_they_say(self):
        receipt, made = (self.own_event(kind) for kind in ("receipt", "production"))
        (built,) = receipt._build_epcis_events()
        uri = built["quantityList"][0]["epcClass"]
        own = f"EQ_eventID=urn:uuid:{receipt.uuid}"
        place = quote(built["readPoint"]["id"])
        for parameters, wanted in (
            (own, receipt),
            (f"MATCH_epcClass={quote(uri)}&EQ_bizStep=receiving", receipt),
            (f"MATCH_inputEPCClass={quote(uri)}", made),
            (f"MATCH_anyEPCClass={quote(uri)}&eventType=TransformationEvent", made),
            (f"EQ_readPoint={place}&{own}", receipt),
        ):
            with self.subTest(parameters=parameters):
                ids = [event["eventID"] for event in self.query(parameters)]
                self.assertEqual(ids, [f"urn:uuid:{wanted.uuid}"])
        transaction = quote(built["bizTransactionList"][0]["bizTransaction"])
        self.assertTrue(self.query(f"EQ_bizTransaction_recadv={transaction}"))
        self.assertEqual(self.query(f"EQ_bizTransaction_po={transaction}"), [])

    def test_company_settings_decide_how_own_lots_are_written(self):
        self.raw.barcode = "4012345678901"
        receipt = self.own_events().filtered(lambda e: e.kind == "receipt")
        (event,) = receipt._build_epcis_events()
        self.assertEqual(
            event["quantityList"][0]["epcClass"],
            "https://id.gs1.org/01/04012345678901/10/R1",
        )
        self.env.company.write({"epcis_form": "urn", "gs1_company_prefix": "4012345"})
        (event,) = receipt._build_epcis_events()
        self.assertEqual(
            event["quantityList"][0]["epcClass"],
            "urn:epc:class:lgtin:4012345.067890.R1",
        )

    def test_export_tells_the_day_in_events(self):
        document = self.own_events()._export_epcis()
        self.assertEqual(reading.read_document(document).faults, [])
        events = document["epcisBody"]["eventList"]
        steps = [(event["type"], event.get("bizStep")) for event in events]
        for step in (
            ("ObjectEvent", "receiving"),
            ("TransformationEvent", "commissioning"),
            ("ObjectEvent", "shipping"),
        ):
            self.assertIn(step, steps)

    def test_a_use_reported_after_the_output_corrects_the_event_of_the_output(self):
        late = self.lot("F2", self.finished)
        order = self.order(self.finished, 5)
        for move, parts in (
            (order.move_finished_ids, {late: 5}),
            (order.move_raw_ids, {self.raw_lot: 10}),
        ):
            self.fill(move, parts)
            move._action_done()
        self.assertEqual(order.state, "done")
        uri = quote(late._get_epcis_uri())
        first, last = sorted(
            self.query(f"MATCH_anyEPCClass={uri}&EQ_bizStep=commissioning"),
            key=lambda event: event["type"],
        )
        self.assertEqual(first["type"], "ObjectEvent")
        self.assertEqual(
            first["errorDeclaration"]["correctiveEventIDs"], [last["eventID"]]
        )
        self.assertEqual(last["type"], "TransformationEvent")
        self.assertNotIn("errorDeclaration", last)
        (used,) = last["inputQuantityList"]
        self.assertEqual((used["quantity"], "R1" in used["epcClass"]), (10, True))
        self.assertEqual(last["outputQuantityList"][0]["quantity"], 5)

    def test_event_ids_are_the_same_at_every_export(self):
        first, second = (self.own_events()._export_epcis() for _turn in range(2))
        self.assertEqual(first["epcisBody"], second["epcisBody"])
