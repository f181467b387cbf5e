from urllib.parse import quote

from odoo.tests import tagged

from ..lib import reading
from .common import EpcisCase


@tagged("post_install", "-at_install")
class TestQuery(EpcisCase):
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

    def test_event_ids_are_the_same_at_every_export(self):
        first, second = (self.own_events()._export_epcis() for _turn in range(2))
        self.assertEqual(first["epcisBody"], second["epcisBody"])

    def test_endpoint_needs_a_credential_and_the_scope(self):
        self.assertEqual(
            self.call("/events", Authorization="Bearer no").status_code, 401
        )
        self.system.scope_ids = False
        self.assertEqual(self.call("/events").status_code, 403)
        self.assertEqual(self.call("/capture", "POST", {}).status_code, 403)

    def test_ledger_and_captured_events_are_one_repository(self):
        self.capture(self.event())
        ids = {event["eventID"] for event in self.query()}
        self.assertLessEqual({f"urn:uuid:{e.uuid}" for e in self.own_events()}, ids)
        self.assertIn(self.event()["eventID"], ids)

    def test_pages_lead_through_everything_once_in_order(self):
        self.capture(*(self.event(n) for n in range(1, 6)))
        for order in ("", "orderBy=eventTime&orderDirection=DESC&"):
            whole = [event["eventID"] for event in self.query(order)]
            seen, path = [], f"/events?{order}perPage=3"
            while path:
                response = self.call(path)
                seen += [event["eventID"] for event in self.events_of(response)]
                link = response.headers.get("Link", "")
                path = link.partition("/epcis/v2")[2].partition(">")[0]
            self.assertEqual(seen, whole)
            self.assertEqual(len(seen), len(set(seen)))

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
        self.assertTrue(self.query(f"EQ_bizTransaction_={transaction}"))

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

    def test_captured_events_are_found_by_what_they_say(self):
        self.capture(
            self.event(
                1,
                disposition="https://ref.gs1.org/cbv/Disp-in_transit",
                quantityList=[
                    {"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 7}
                ],
                bizTransactionList=[{"type": "po", "bizTransaction": "urn:acme:po:1"}],
                sourceList=[
                    {"type": "location", "source": "urn:epc:id:sgln:4012345.00001.0"}
                ],
                sensorElementList=[
                    {
                        "sensorReport": [
                            {"type": "Temperature", "value": 4.5, "uom": "CEL"}
                        ]
                    }
                ],
                **{"example:colour": "red", "example:size": 4},
            )
        )
        namespace = quote("https://ns.example.com/epcis/#")
        for parameters in (
            "EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping|receiving",
            "EQ_disposition=in_transit",
            "MATCH_epc=https://id.gs1.org/01/04012345123456/21/1",
            "MATCH_epc=urn:epc:idpat:sgtin:4012345.012345.*",
            "MATCH_anyEPC=urn:epc:idpat:sgtin:4012345.*.*",
            "MATCH_epcClass=https://example.com/01/04012345123456/10/L1",
            "EQ_bizTransaction_po=urn:acme:po:1",
            "EQ_source_location=https://id.gs1.org/414/4012345000016",
            "GE_quantity=7&LE_quantity=7",
            "GT_value_CEL=4&LT_value_CEL=5",
            "EQ_type=Temperature",
            f"EQ_{namespace}colour=red",
            f"GE_{namespace}size=4",
            f"EXISTS_{namespace}colour=true",
            "GE_eventTime=2026-03-01T11:00:00.123456Z&LT_eventTime=2026-03-01T11:00:00.123457Z",
        ):
            with self.subTest(parameters=parameters):
                ids = [e["eventID"] for e in self.query(parameters)]
                self.assertIn(self.event(1)["eventID"], ids)

    def test_what_does_not_match_is_not_found(self):
        self.capture(self.event(**{"example:size": "4 or so"}))
        for parameters in (
            "EQ_bizStep=receiving&MATCH_epc=urn:epc:id:sgtin:4012345.012345.1",
            "MATCH_epc=urn:epc:id:sgtin:4012345.012345.9",
            "MATCH_epc=urn:epc:idpat:sgtin:0614141.*.*",
            "GE_https%3A%2F%2Fns.example.com%2Fepcis%2Fsize=1",
            "LT_eventTime=2026-03-01T11:00:00.123456Z&EQ_bizStep=shipping&GE_eventTime=2026-03-01T00:00:00Z",
            "eventType=AssociationEvent",
            "EQ_source_location=x",
        ):
            with self.subTest(parameters=parameters):
                self.assertEqual(self.query(parameters), [])

    def test_unknown_and_malformed_parameters_are_problems(self):
        for parameters in (
            "perPage=x",
            "perPage=0",
            "GE_eventTime=today",
            "colour=red",
            "EQ_=1",
            "EQ_action=MOVE",
            "orderBy=colour",
            "orderDirection=UP",
            "nextPageToken=1",
            "nextPageToken=WzEsMiwzLCJ4Il0=",
            "GE_quantity=many",
            "EQ_bizStep=",
            "eventCountLimit=1&maxEventCount=1",
            "EXISTS_errorDeclaration=maybe",
            "EQ_eventID=a%00b",
        ):
            with self.subTest(parameters=parameters):
                response = self.call(f"/events?{parameters}")
                self.assertEqual(response.status_code, 400, response.text)
                self.assertEqual(
                    response.json()["type"], "urn:problem:invalid-parameter"
                )

    def test_limits_on_the_number_of_events(self):
        self.capture(*(self.event(n) for n in range(1, 6)))
        first = self.call("/events?eventCountLimit=3&perPage=2")
        rest = first.headers["Link"].partition("/epcis/v2")[2].partition(">")[0]
        second = self.call(rest)
        self.assertEqual(len(self.events_of(first) + self.events_of(second)), 3)
        self.assertNotIn("Link", second.headers)
        self.assertEqual(self.call("/events?maxEventCount=2").status_code, 413)

    def test_resources_lead_to_events(self):
        epc = "urn:epc:id:sgtin:4012345.012345.1"
        self.capture(self.event(readPoint={"id": "urn:epc:id:sgln:4012345.00001.0"}))
        link = "https://id.gs1.org/01/04012345123456/21/1"
        for path in (
            f"/epcs/{epc}/events",
            f"/epcs/{quote(link, safe='')}/events",
            "/bizSteps/shipping/events",
            "/eventTypes/ObjectEvent/events",
            "/readPoints/urn:epc:id:sgln:4012345.00001.0/events",
        ):
            with self.subTest(path=path):
                ids = [
                    e["eventID"]
                    for e in self.events_of(self.call(f"{path}?perPage=500"))
                ]
                self.assertIn(self.event()["eventID"], ids)
        self.assertIn(link, self.call("/epcs").json()["member"])
        self.assertIn("receiving", self.call("/bizSteps?perPage=100").json()["member"])
        self.assertEqual(
            self.call("/dispositions/recalled").json()["member"], ["events"]
        )
        self.assertIn("epcs", self.call("/").json()["member"])
        self.assertEqual(self.call("/colours").status_code, 404)
        self.assertEqual(self.call("/events/urn:uuid:none").status_code, 404)

    def test_identifiers_are_written_as_the_caller_asks(self):
        self.capture(self.event())
        asked = "MATCH_epc=urn:epc:id:sgtin:4012345.012345.1"
        for form, epc in (
            ("Always_GS1_Digital_Link", "https://id.gs1.org/01/04012345123456/21/1"),
            ("Always_EPC_URN", "urn:epc:id:sgtin:4012345.012345.1"),
            ("Never_Translates", "urn:epc:id:sgtin:4012345.012345.1"),
        ):
            (found,) = self.query(asked, GS1_EPC_Format=form)
            self.assertEqual(found["epcList"], [epc])

    def test_options_and_methods(self):
        answer = self.call("/capture", "OPTIONS")
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        self.assertEqual(answer.headers["Allow"], "OPTIONS, POST, GET")
        self.assertEqual(answer.headers["GS1-EPCIS-Version"], "2.0.0")
        self.assertEqual(answer.headers["GS1-Capture-Error-Behaviour"], "all")
        self.assertEqual(
            self.call("/events", "OPTIONS").headers["Allow"], "OPTIONS, GET, POST"
        )
        for path, method in (
            ("/events", "DELETE"),
            ("/capture", "PUT"),
            ("/epcs", "POST"),
        ):
            self.assertEqual(self.call(path, method).status_code, 405)
        self.assertEqual(
            self.call("/events", Accept="application/xml").status_code, 406
        )
        self.assertEqual(self.call("/events", GS1_EPCIS_Min="3.0").status_code, 406)

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

    def test_lot_shows_what_others_reported_of_it(self):
        self.raw.barcode = "4012345678901"
        quantities = [
            {"epcClass": "urn:epc:class:lgtin:4012345.067890.R1", "quantity": 1}
        ]
        self.capture(self.event(epcList=[], quantityList=quantities))
        self.assertEqual(self.raw_lot.epcis_event_count, 1)
        action = self.raw_lot.action_open_epcis_events()
        event = self.env["traceability.epcis.event"].search(action["domain"])
        self.assertEqual(event.lot_ids, self.raw_lot)

    def test_downloads_hold_what_the_user_may_see(self):
        self.authenticate("admin", "admin")
        recall = self.env["traceability.recall"].create({"lot_id": self.raw_lot.id})
        recall.action_run()
        for action in (
            self.raw_lot.action_download_epcis(),
            recall.action_download_epcis(),
        ):
            document = self.url_open(action["url"]).json()
            self.assertEqual(reading.read_document(document).faults, [])
            self.assertTrue(document["epcisBody"]["eventList"])
