"""The repository as a partner sees it."""

import itertools

import requests

NUMBERS = itertools.count(1)


class Repository:
    """What a partner sees of the EPCIS repository of one company.

    :param odoo: the administrator's view of the server.
    """

    def __init__(self, odoo, url, company_id=None):
        self.odoo = odoo
        self.root = url
        self.url = f"{url}/epcis/v2"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self._connect(company_id)}"

    def _connect(self, company_id):
        """Return the token of a new system that may capture and query."""
        contracts = self.odoo.search(
            "integration.contract", ("code", "in", ["epcis.events", "epcis.capture"])
        )
        values = {"company_id": company_id} if company_id else {}
        system = self.odoo.create(
            "integration.system",
            name="Conformance",
            code=f"conformance-{next(NUMBERS)}",
            state="active",
            rate_limit_per_minute=100000,
            rate_burst=100000,
            scope_ids=[(6, 0, contracts)],
            **values,
        )
        issued = self.odoo.call(
            "integration.system", "issue_credential", system, "bearer", "in"
        )
        return issued["secret"]

    def make_another(self):
        """Return a repository of a company of its own."""
        company = self.odoo.create("res.company", name=f"Company {next(NUMBERS)}")
        return Repository(self.odoo, self.root, company)

    def post(self, path, body):
        return self.session.post(
            f"{self.url}{path}",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=120,
        )

    def find(self, **parameters):
        """Return the answer to a query."""
        response = self.session.get(
            f"{self.url}/events", params={"perPage": 1000, **parameters}, timeout=120
        )
        assert response.status_code == 200, response.text
        return response.json()
