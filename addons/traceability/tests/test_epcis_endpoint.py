from unittest.mock import patch
from urllib.parse import quote

from cryptography.fernet import Fernet

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import config

from odoo.addons.integration_core.models.integration_credential import SETTING

from ..lib.epcis import read_document
from .common import TraceCase

PATH = "/epcis/v2/events"


@tagged("post_install", "-at_install")
class TestEpcisEndpoint(HttpCase, TraceCase):
    """What a repository or a partner reads of the ledger over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(config.options, {SETTING: Fernet.generate_key().decode()})
        )
        contract = cls.env.ref("traceability.contract_epcis_events_1_0")
        cls.system = cls.env["integration.system"].create(
            {
                "name": "Repository",
                "code": "test-repository",
                "state": "active",
                "kind": "repository",
                "scope_ids": [Command.link(contract.id)],
            }
        )
        cls.token = cls.system.issue_credential(kind="bearer")["secret"]
        cls.lots = cls.env["stock.lot"].union(
            *(cls.receive(f"B-{number}", 5) for number in range(5))
        )

    def get(self, query="", token=None, **options):
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.url_open(
            f"{PATH}{query}" if query.startswith("?") or not query else query,
            headers=headers,
            **options,
        )

    def ours(self, response):
        """Return our lots' events of an answer, by their id."""
        uuids = set(
            self.Event.search([("lot_id", "in", self.lots.ids)]).mapped("event_uuid")
        )
        return [
            event
            for event in read_document(response.json())
            if event.event_id.removeprefix("urn:uuid:") in uuids
        ]

    def assertProblem(self, response, status, slug):  # noqa: N802 - as unittest
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        self.assertEqual(response.json()["type"], f"urn:problem:{slug}")

    def test_a_granted_system_reads_the_ledger(self):
        ids = "|".join(
            f"urn:uuid:{row.event_uuid}"
            for row in self.Event.search([("lot_id", "in", self.lots.ids)])
        )
        response = self.get(f"?EQ_eventID={quote(ids)}")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["type"], "EPCISQueryDocument")
        self.assertEqual(response.headers["GS1-EPCIS-Version"], "2.0.0")
        self.assertEqual(len(self.ours(response)), 5)

    def test_the_answer_keeps_its_contract(self):
        contract = self.env.ref("traceability.contract_epcis_events_1_0")
        self.assertEqual(contract._find_payload_faults(self.get().json()), [])
        self.assertEqual(contract._find_payload_faults(contract._get_sample()), [])
        self.assertTrue(read_document(contract._get_sample()))

    def test_without_or_with_a_wrong_credential_nothing_is_told(self):
        self.assertProblem(self.url_open(PATH), 401, "not-authenticated")
        self.assertProblem(self.get(token="wrong"), 401, "not-authenticated")

    def test_without_the_scope_nothing_is_told(self):
        self.system.scope_ids = [Command.clear()]
        self.assertProblem(self.get(), 403, "contract-not-in-scope")

    def test_a_suspended_system_is_turned_away(self):
        self.system.action_suspend()
        self.assertProblem(self.get(), 403, "system-not-active")

    def test_pages_tell_everything_once(self):
        seen, query = [], "?perPage=2"
        while query:
            response = self.get(query)
            self.assertEqual(response.status_code, 200)
            self.assertLessEqual(len(read_document(response.json())), 2)
            seen += [event.event_id for event in self.ours(response)]
            link = response.links.get("next", {}).get("url", "")
            query = link.partition(PATH)[2]
        self.assertEqual(len(seen), 5)
        self.assertEqual(len(set(seen)), 5)

    def test_a_period_begins_with_and_ends_before_its_moments(self):
        moment = self.Event.search([("lot_id", "=", self.lots[0].id)]).occurred_at
        stamp = quote(f"{moment.isoformat()}+00:00")
        ours = f"urn:uuid:{self.Event.search([('lot_id', '=', self.lots[0].id)]).event_uuid}"
        for name, expected in (("GE_eventTime", True), ("LT_eventTime", False)):
            with self.subTest(name=name):
                response = self.get(f"?{name}={stamp}&EQ_eventID={ours}")
                found = [event.event_id for event in read_document(response.json())]
                self.assertEqual(ours in found, expected)

    def test_what_is_not_understood_is_refused(self):
        for query in (
            "?GE_eventTime=yesterday",
            "?GE_eventTime=2026-03-01T00:00:00",
            "?perPage=0",
            "?perPage=many",
            "?perPage=%C2%B2",
            "?nextPageToken=xyz",
            "?nextPageToken=bnVsbA",
            "?EQ_colour=green",
            "?perPage=1&perPage=2",
        ):
            with self.subTest(query=query):
                self.assertProblem(self.get(query), 400, "epcis-query-not-valid")

    def test_events_are_not_written_here(self):
        response = self.get(data="{}")
        self.assertProblem(response, 405, "method-not-allowed")
        self.assertEqual(response.headers["Allow"], "GET, HEAD")

    def test_a_system_of_another_company_sees_none_of_ours(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        self.system.company_id = other
        self.assertEqual(read_document(self.get("?perPage=1000").json()), [])
