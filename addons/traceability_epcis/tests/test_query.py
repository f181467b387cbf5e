from urllib.parse import quote

from odoo.tests import tagged

from ..lib import reading
from .common import CONTEXT
from .test_own_events import OwnEventsCase


@tagged("post_install", "-at_install")
class TestQuery(OwnEventsCase):
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
            "EQ_value_KEL=277.65",
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

    def test_fields_of_extended_parts_are_found(self):
        self.capture(
            self.event(
                readPoint={"id": "urn:acme:place", "example:hall": "7"},
                errorDeclaration={
                    "declarationTime": "2026-03-02T00:00:00Z",
                    "example:who": {"example:name": "Ada"},
                },
                sensorElementList=[
                    {
                        "example:rack": "A",
                        "sensorMetadata": {"example:probe": "P1"},
                        "sensorReport": [{"type": "Temperature", "example:grade": 2}],
                    }
                ],
            )
        )
        space = quote("https://ns.example.com/epcis/#")
        for start in (
            f"EQ_READPOINT_{space}hall=7",
            f"EXISTS_ERROR_DECLARATION_{space}who=true",
            f"EQ_INNER_ERROR_DECLARATION_{space}name=Ada",
            f"EQ_SENSORELEMENT_{space}rack=A",
            f"EQ_SENSORMETADATA_{space}probe=P1",
            f"GE_SENSORREPORT_{space}grade=2",
        ):
            with self.subTest(start=start):
                self.assertEqual(len(self.query(start)), 1)
        self.assertEqual(self.query(f"EQ_READPOINT_{space}hall=8"), [])

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
            "eventCountLimit=1",
            "eventCountLimit=1&maxEventCount=1&orderBy=eventTime",
            "EXISTS_errorDeclaration=maybe",
            "EQ_eventID=a%00b",
            "EQ_FOO_https://ns.example.com/colour=red",
            "EQ_unknown:colour=red",
            "HASATTR_colour=x",
        ):
            with self.subTest(parameters=parameters):
                response = self.call(f"/events?{parameters}")
                self.assertEqual(response.status_code, 400, response.text)
                self.assertEqual(
                    response.json()["type"], "epcisException:QueryParameterException"
                )

    def test_limits_on_the_number_of_events(self):
        self.capture(*(self.event(n) for n in range(1, 6)))
        first = self.call("/events?eventCountLimit=3&perPage=2&orderBy=eventTime")
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
        for path in ("/colours", "/epcs/urn:acme:none", "/eventTypes/Nonsense"):
            problem = self.call(path)
            self.assertEqual(problem.status_code, 404)
            self.assertEqual(
                problem.json()["type"], "epcisException:NoSuchResourceException"
            )
        self.assertEqual(self.call(f"/epcs/{epc}").json()["member"], ["events"])
        for path in ("/queries", "/queries/mine/events"):
            self.assertEqual(self.call(path).status_code, 501)
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

    def test_an_event_is_found_at_its_address_whatever_its_id(self):
        event = self.event()
        del event["eventID"]
        for body in (event, self.event(2, eventID="https://a.example//b/?c=%2F#d")):
            response = self.call("/events", "POST", {"@context": CONTEXT, **body})
            self.assertEqual(response.status_code, 201, response.text)
            path = response.headers["Location"].partition("/epcis/v2")[2]
            (found,) = self.events_of(self.call(path))
            self.assertEqual(found["eventID"], response.json()["eventID"])

    def test_master_data_describes_what_is_asked_for(self):
        place = "urn:epc:id:sgln:4012345.00001.0"
        site = {"id": "example:hall", "attribute": "North"}
        element = {"id": place, "attributes": [site]}
        vocabulary = {
            "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
            "vocabularyElementList": [element],
        }
        header = {"epcisMasterData": {"vocabularyList": [vocabulary]}}
        self.capture(self.event(bizLocation={"id": place}), epcisHeader=header)
        space = quote("https://ns.example.com/epcis/#hall")
        self.assertEqual(len(self.query(f"EQATTR_bizLocation_{space}=North")), 1)
        self.assertEqual(len(self.query(f"HASATTR_bizLocation={space}")), 1)
        for parameters in (
            f"EQATTR_bizLocation_{space}=South",
            f"EQATTR_readPoint_{space}=North",
            "HASATTR_bizLocation=urn:epcglobal:cbv:mda%23site",
        ):
            self.assertEqual(self.query(parameters), [])

    def test_who_may_not_is_told_in_the_words_of_the_standard(self):
        problem = self.call("/events", Authorization="Bearer no")
        self.assertEqual(problem.status_code, 401)
        self.assertEqual(problem.json()["type"], "epcisException:SecurityException")

    def test_own_quantities_are_found_as_they_are_told(self):
        for event in self.query("GE_quantity=-1000000"):
            quantities = [
                element["quantity"]
                for name in ("quantityList", "inputQuantityList", "outputQuantityList")
                for element in event.get(name, ())
            ]
            self.assertTrue(quantities, event)
            for number in quantities:
                found = self.query(f"EQ_quantity={number}&EQ_eventID={event['eventID']}")
                self.assertEqual(found, [event])

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
