from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from odoo import fields
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
        since = datetime(2026, 12, 1, 8)
        with freeze_time(since):
            self.deprecate(contract, datetime(2027, 3, 31, 22))
        contract.name = "Edited later"
        self.env.flush_all()
        self.assertEqual(
            Contract._get_deprecation_headers(contract.id),
            {
                "Deprecation": f"@{int(since.replace(tzinfo=UTC).timestamp())}",
                "Sunset": "Wed, 31 Mar 2027 22:00:00 GMT",
            },
        )
        contract.state = "active"
        self.assertFalse(contract.deprecated_at)

    def deprecate(self, contract, sunset_at=None, user=None):
        action = contract.action_deprecate()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user or self.env.user)
            .with_context(**action["context"])
            .create({"sunset_at": sunset_at} if sunset_at else {})
        )
        wizard.action_deprecate()
        return wizard

    def test_the_end_is_asked_for_and_lies_ahead(self):
        contract = self.create_contract("1.0")
        with self.assertRaises(UserError):
            self.deprecate(contract, fields.Datetime.now() - timedelta(days=1))
        self.assertEqual(contract.state, "active")
        with freeze_time("2026-12-01 08:00:00"):
            self.deprecate(contract)
        self.assertEqual(contract.state, "deprecated")
        self.assertEqual(contract.sunset_at, datetime(2027, 3, 1, 8))

    def test_what_is_deprecated_in_another_way_has_a_last_day_too(self):
        contract = self.create_contract("1.0")
        kept = self.create_contract("1.1", sunset_at=datetime(2028, 1, 1))
        with freeze_time("2026-12-01 08:00:00"):
            (contract | kept).state = "deprecated"
        self.assertEqual(contract.sunset_at, datetime(2027, 3, 1, 8))
        self.assertEqual(kept.sunset_at, datetime(2028, 1, 1))
        self.assertEqual(set((contract | kept).mapped("state")), {"deprecated"})

    def test_a_second_person_approves_the_end_and_its_day(self):
        contract = self.create_contract("1.0")
        self.ask_four_eyes()
        self.deprecate(contract, datetime(2030, 1, 1), self.manager)
        self.assertEqual(contract.state, "active")
        self.changes(contract).with_user(self.approver).action_approve()
        self.assertEqual(contract.state, "deprecated")
        self.assertEqual(contract.sunset_at, datetime(2030, 1, 1))

    def test_who_is_still_on_it_is_told_once_before_it_ends(self):
        self.hello()
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        self.system.responsible_id = self.manager
        self.deprecate(contract, fields.Datetime.now() + timedelta(days=20))
        for days, activities in ((0, 0), (7, 1), (8, 1)):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                contract._cron_sunset()
            found = self.system.activity_ids.filtered(lambda a: "ends" in a.summary)
            self.assertEqual(len(found), activities)
        self.assertEqual(found.user_id, self.manager)
        self.assertEqual(contract.state, "deprecated")

    def test_a_version_is_retired_at_its_sunset(self):
        inbound = self.create_contract("1.0")
        outbound = self.create_contract("1.0", direction="out", handler_model=False)
        sunset = fields.Datetime.now() + timedelta(days=20)
        both = inbound | outbound
        self.deprecate(both, sunset)
        with freeze_time(sunset - timedelta(minutes=1)):
            both._cron_sunset()
        self.assertEqual(set(both.mapped("state")), {"deprecated"})
        with freeze_time(sunset + timedelta(minutes=1)):
            both._cron_sunset()
            self.assertEqual(inbound.state, "retired")
            self.assertEqual(
                outbound.state, "deprecated", "nothing else to publish with"
            )
            self.create_contract("1.1", direction="out", handler_model=False)
            both._cron_sunset()
        self.assertEqual(outbound.state, "retired")
        self.assertTrue(inbound.deprecated_at)

    def test_callers_of_a_version_are_listed(self):
        self.hello()
        self.hello()
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        self.assertIn("Test system: 2", contract.caller_text)
        self.env["integration.message"].create(
            {
                "uuid": "00000000-0000-7000-8000-000000000001",
                "direction": "in",
                "admission": "refused",
                "system_id": self.system.id,
                "company_id": self.system.company_id.id,
                "contract_id": contract.id,
                "received_at": fields.Datetime.now(),
            }
        )
        contract.invalidate_recordset(["caller_text"])
        self.assertIn("Test system: 3", contract.caller_text)
