import json

from odoo.tests import HttpCase, tagged

from ..lib.b2mml import Envelope, Event, read_schedule, write_performance
from ..lib.b2mml_xml import from_xml, to_xml
from .common import CODES, MesCase

RELEASED = "production.order.released"


@tagged("-at_install", "post_install")
class TestB2mml(MesCase, HttpCase):
    """An MES that speaks B2MML: the same log, the same credentials, the same orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["integration.contract"].search(
            [("code", "=", RELEASED), ("direction", "=", "out")]
        )
        cls.system.scope_ids |= contract
        cls.token = cls.system.issue_credential("bearer")["secret"]

    def perform(self, order, document_id="BOD-1", quantity=2):
        common = {"order": order, "quantity": quantity, "unit": "EA"}
        return write_performance(
            [
                Event(CODES[1], "2026-03-24T06:10:00Z", {**common, "item": "M-RAW", "lot": "A"}),
                Event(CODES[2], "2026-03-24T06:11:00Z", {**common, "lot": "F"}),
            ],
            Envelope("mes-3", "2026-03-24T06:12:00Z", document_id),
        )

    def send(self, body, content_type, token=None):
        return self.url_open(
            "/integration/v1/test-system/b2mml",
            data=body,
            headers={
                "Authorization": f"Bearer {token or self.token}",
                "Content-Type": content_type,
            },
        )

    def ask(self, reference, accept):
        return self.url_open(
            f"/integration/v1/test-system/b2mml/schedule/{reference}",
            headers={"Authorization": f"Bearer {self.token}", "Accept": accept},
        )

    def work_off_all(self):
        deliveries = self.env["integration.delivery"].search(
            [("system_id", "=", self.system.id), ("state", "=", "pending")]
        )
        self.work_off(deliveries)
        return deliveries

    def test_performance_is_posted_from_xml_and_from_json(self):
        for form, write in (
            ("application/xml", to_xml),
            ("application/json", lambda document: json.dumps(document).encode()),
        ):
            with self.subTest(form=form):
                order = self.make_order()
                answer = self.send(write(self.perform(order.name, form)), form)
                self.assertEqual(answer.status_code, 207, answer.text)
                results = answer.json()["results"]
                self.assertEqual([one["status"] for one in results], [202, 202])
                deliveries = self.work_off_all()
                self.assertEqual(
                    set(deliveries.mapped("state")), {"done"}, deliveries.mapped("last_error")
                )
                self.assertEqual(order.production_id.qty_produced, 2)
                self.assertEqual(order.event_ids.move_ids.lot_ids.mapped("name"), ["A", "F"])

    def test_document_that_comes_again_brings_nothing_new(self):
        order = self.make_order()
        body = to_xml(self.perform(order.name))
        first = self.send(body, "application/xml").json()["results"]
        again = self.send(body, "application/xml").json()["results"]
        self.assertEqual(
            [one["message"] for one in again], [one["message"] for one in first]
        )
        self.assertTrue(all(one["replayed"] for one in again))
        changed = self.send(to_xml(self.perform(order.name, quantity=3)), "application/xml")
        self.assertEqual(
            {one["type"] for one in changed.json()["results"]},
            {"urn:problem:idempotency-key-reused"},
        )

    def test_what_cannot_be_taken_says_why_and_is_on_record(self):
        bomb = b'<!DOCTYPE a [<!ENTITY b "x">]><a xmlns="urn:x">&b;</a>'
        for form, body, status, slug in (
            ("application/xml", b"<open", 422, "invalid-b2mml"),
            ("application/xml", bomb, 422, "invalid-b2mml"),
            ("application/json", b"{", 400, "malformed-json"),
            ("application/json", b"[1]", 422, "invalid-b2mml"),
            ("application/json", b'{"ProcessOperationsPerformance": []}', 422, "invalid-b2mml"),
            ("text/csv", b"a;b", 415, "unsupported-media-type"),
        ):
            with self.subTest(body=body):
                before = self.env["integration.message"].search_count([])
                answer = self.send(body, form)
                self.assertEqual(answer.status_code, status, answer.text)
                self.assertEqual(answer.json()["type"], f"urn:problem:{slug}")
                after = self.env["integration.message"].search_count([])
                self.assertEqual(after, before + 1)

    def test_report_out_of_scope_or_contract_is_refused_alone(self):
        document = self.perform("MES/1")
        (response,) = document["ProcessOperationsPerformance"]["DataArea"][
            "OperationsPerformance"
        ][0]["OperationsResponse"]
        response["SegmentResponse"].append(
            {"ID": "9", "OperationsType": "Production", "SegmentState": "Completed"}
        )
        answer = self.send(json.dumps(document).encode(), "application/json")
        self.assertEqual([one["status"] for one in answer.json()["results"]], [202, 202, 403])

    def test_strangers_are_not_heard(self):
        self.assertEqual(self.send(b"<a/>", "application/xml", "x" * 40).status_code, 401)

    def test_schedule_is_told_in_the_form_that_is_asked_for(self):
        order = self.make_order()
        xml = self.ask(order.name, "application/xml")
        self.assertEqual(xml.headers["Content-Type"], "application/xml")
        for document in (
            from_xml(xml.content),
            self.ask(order.name, "application/json").json(),
        ):
            verb, (told,) = read_schedule(document)
            self.assertEqual((verb, told["order"]), ("Process", order.name))
            self.assertEqual((told["item"], told["quantity"]), ("FIN", 10))
        order.action_recall()
        verb, _orders = read_schedule(self.ask(order.name, "application/json").json())
        self.assertEqual(verb, "Cancel")

    def test_orders_of_other_companies_are_unknown(self):
        order = self.make_order()
        order.sudo().company_id = self.env["res.company"].create({"name": "Other"})
        answer = self.ask(order.name, "application/json")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(answer.json()["type"], "urn:problem:unknown-order")
