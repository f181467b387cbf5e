from odoo.tests import HttpCase, tagged

from ..lib import epcis
from .common import TraceCase


@tagged("post_install", "-at_install")
class TestEpcis(TraceCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.system.issue_credential("bearer")["secret"]

    def setUp(self):
        super().setUp()
        self.raw_lot = self.lot("R1")
        self.output = self.lot("F1", self.finished)
        self.receive_lot(self.raw_lot, 30)
        self.produce({self.raw_lot: 20}, self.output, 10)
        self.ship(self.output, 6)

    def query(self, parameters="", token=None):
        return self.url_open(
            f"/epcis/v2/events{parameters}",
            headers={
                "Authorization": f"Bearer {token or self.token}",
            },
        )

    def own_events(self):
        return self.env["traceability.lot.event"].search(
            [("lot_id", "in", (self.raw_lot | self.output).ids)]
        )

    def test_export_tells_the_day_in_events(self):
        document = self.own_events()._export_epcis()
        self.assertEqual(epcis.check_document(document), [])
        events = epcis.read_document(document)
        self.assertEqual(
            [(event.type, event.biz_step) for event in events],
            [
                ("ObjectEvent", "receiving"),
                ("TransformationEvent", "commissioning"),
                ("ObjectEvent", "shipping"),
            ],
        )
        self.assertEqual(len(events[1].inputs), 1)

    def test_event_ids_are_the_same_at_every_export(self):
        first, second = (self.own_events()._export_epcis() for _turn in range(2))
        self.assertEqual(first["epcisBody"], second["epcisBody"])

    def test_endpoint_needs_a_credential_and_the_scope(self):
        self.assertEqual(self.query(token="wrong").status_code, 401)
        self.assertEqual(self.query().status_code, 403)
        self.grant("epcis.events")
        response = self.query("?perPage=1000")
        self.assertEqual(response.status_code, 200)
        ids = {event["eventID"] for event in response.json()["epcisBody"]["eventList"]}
        self.assertLessEqual(
            {f"urn:uuid:{event.uuid}" for event in self.own_events()}, ids
        )

    def test_pages_lead_through_everything_once(self):
        self.grant("epcis.events")
        seen, parameters = [], "?perPage=1"
        for _page in range(200):
            response = self.query(parameters)
            seen += [e["eventID"] for e in response.json()["epcisBody"]["eventList"]]
            link = response.headers.get("Link")
            if not link:
                break
            parameters = "?" + link.partition("?")[2].partition(">")[0]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), self.env["traceability.lot.event"].search_count([]))

    def test_malformed_parameters_are_problems(self):
        self.grant("epcis.events")
        for parameters in ("?perPage=x", "?perPage=0", "?GE_eventTime=today"):
            with self.subTest(parameters=parameters):
                response = self.query(parameters)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(
                    response.json()["type"], "urn:problem:invalid-parameter"
                )
        future = self.query("?GE_eventTime=2100-01-01T00:00:00Z")
        self.assertEqual(future.json()["epcisBody"]["eventList"], [])
