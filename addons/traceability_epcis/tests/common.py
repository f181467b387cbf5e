import json

from odoo.tests import HttpCase

from odoo.addons.traceability.tests.common import TraceCase

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


class EpcisCase(TraceCase, HttpCase):
    """A repository that may capture and query over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.rate_limit_per_minute = cls.system.rate_burst = 100000
        cls.grant("epcis.events", "epcis.capture")
        cls.token = cls.system.issue_credential("bearer")["secret"]

    def call(self, path, method="GET", body=None, **headers):
        """Return the response of a request of the test system below /epcis/v2."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            named.setdefault("Content-Type", "application/json")
        return self.opener.request(
            method,
            f"{self.base_url()}/epcis/v2{path}",
            data=body,
            headers=named,
            timeout=30,
            allow_redirects=False,
        )

    def query(self, parameters="", **headers):
        """Return the events that a query finds, on one page."""
        response = self.call(f"/events?perPage=1000&{parameters}", **headers)
        self.assertEqual(response.status_code, 200, response.text)
        return self.events_of(response)

    def events_of(self, response):
        return response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]

    def event(self, number=1, **members):
        """Return an event of somebody else."""
        return {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            "eventTime": "2026-03-01T12:00:00.123456+01:00",
            "eventTimeZoneOffset": "+01:00",
            "action": "OBSERVE",
            "epcList": [f"urn:epc:id:sgtin:4012345.012345.{number}"],
            "bizStep": "shipping",
            **members,
        }

    def document(self, *events, **members):
        return {
            "@context": [CONTEXT, {"example": "https://ns.example.com/epcis/"}],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-01T13:00:00Z",
            "epcisBody": {"eventList": list(events)},
            **members,
        }

    def capture(self, *events, **members):
        """Capture events; return the job."""
        response = self.call("/capture", "POST", self.document(*events, **members))
        self.assertEqual(response.status_code, 202, response.text)
        return response.json()

    def refuse(self, body, status=400, path="/capture", **headers):
        """Send what is refused; return the problem."""
        response = self.call(path, "POST", body, **headers)
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        return response.json()
