from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import GovernanceCase

SCHEMA = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
}


@tagged("post_install", "-at_install")
class TestContract(GovernanceCase):
    """Contracts change compatibly and end with notice."""

    def create_contract(self, version, schema=SCHEMA, **values):
        return self.env["integration.contract"].create(
            {
                "name": "Test",
                "code": "test.changed",
                "version": version,
                "schema": schema,
                "handler_model": "integration.handler.connection.tested",
                "state": "active",
                **values,
            }
        )

    def test_minor_version_that_breaks_senders_is_refused(self):
        self.create_contract("1.0")
        stricter = SCHEMA | {"required": ["a", "b"]}
        with self.assertRaises(UserError) as caught:
            self.create_contract("1.1", stricter)
        self.assertIn("/b: is required now", str(caught.exception))
        self.create_contract("1.1", stricter, accepts_breaks=True)
        self.create_contract("2.0", {"type": "object", "required": ["z"]})

    def test_minor_version_that_takes_more_passes(self):
        self.create_contract("1.0")
        wider = SCHEMA | {
            "properties": SCHEMA["properties"] | {"c": {"type": "number"}}
        }
        self.create_contract("1.1", wider)

    def test_deprecated_version_says_so_in_its_headers(self):
        contract = self.create_contract("1.0")
        Contract = self.env["integration.contract"]
        self.assertFalse(Contract._get_deprecation_headers(contract.id))
        contract.sunset_at = datetime(2027, 3, 31, 22)
        contract.action_deprecate()
        headers = Contract._get_deprecation_headers(contract.id)
        self.assertEqual(headers["Sunset"], "Wed, 31 Mar 2027 22:00:00 GMT")
        self.assertRegex(headers["Deprecation"], r"^@\d+$")

    def test_callers_of_a_version_are_listed(self):
        self.hello()
        self.hello()
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        self.assertIn("Test system: 2", contract.caller_text)
