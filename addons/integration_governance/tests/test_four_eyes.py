from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GovernanceCase


@tagged("post_install", "-at_install")
class TestFourEyes(GovernanceCase):
    """Nothing is put into force, or changed in it, by one person alone."""

    def test_nobody_is_asked_where_no_system_is_in_production(self):
        self.env["integration.system"].search([]).sudo().environment = "test"
        mapping = self.draft_mapping(self.manager)
        self.assertEqual(mapping.state, "active")
        self.assertFalse(self.changes(mapping))

    def test_system_in_production_needs_a_second_person(self):
        self.system.sudo().environment = "production"
        mapping = self.draft_mapping(self.manager)
        self.assertEqual(mapping.state, "draft")
        self.assertFalse(
            self.env["integration.mapping"]._find(self.system, "test_partner", "ACME")
        )
        self.changes(mapping).with_user(self.approver).action_approve()
        self.assertEqual(mapping.state, "active")

    def test_author_cannot_approve_even_as_approver(self):
        self.ask_four_eyes()
        mapping = self.draft_mapping(self.both)
        change = self.changes(mapping)
        for user in (self.both, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                change.with_user(user).action_approve()
        self.assertEqual(mapping.state, "draft")

    def test_who_edits_somebodys_draft_is_an_author_too(self):
        self.ask_four_eyes()
        mapping = self.draft_mapping(self.manager, state="draft")
        self.assertFalse(self.changes(mapping))
        mapping.with_user(self.both).res_id = self.other.id
        mapping.with_user(self.manager).action_activate()
        with self.assertRaises(AccessError):
            self.changes(mapping).with_user(self.both).action_approve()
        self.changes(mapping).with_user(self.approver).action_approve()
        self.assertEqual(mapping.res_id, self.other.id)

    def test_change_of_what_is_in_force_waits(self):
        mapping = self.draft_mapping(self.env.user)
        self.ask_four_eyes()
        mapping.with_user(self.manager).write({"res_id": self.other.id})
        self.assertEqual(mapping.res_id, self.partner.id)
        change = self.changes(mapping)
        self.assertIn("BOLT-1", change.difference)
        change.with_user(self.approver).action_approve()
        self.assertEqual(mapping.res_id, self.other.id)
        version = self.env["integration.version"].search(
            [("res_model", "=", mapping._name), ("res_id", "=", mapping.id)], limit=1
        )
        self.assertEqual(
            (version.author_id, version.approver_id), (self.manager, self.approver)
        )

    def test_no_back_door_over_rpc(self):
        """What a client can call: fields of the engine, the change itself, the context."""
        mapping = self.draft_mapping(self.env.user)
        self.ask_four_eyes()
        own = mapping.with_user(self.both)
        own.with_context(integration_change_request_id=1, su=True).write({"factor": 2})
        self.assertEqual(mapping.factor, 1)
        change = self.changes(mapping).with_user(self.both)
        for attempt in (
            lambda: change.write({"state": "applied"}),
            lambda: change.write({"author_ids": [(5, 0, 0)]}),
            lambda: change.create({"name": "x", "res_model": "x", "res_id": 1}),
            change.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()
        own.write({"author_ids": [(5, 0, 0)]})
        with self.assertRaises(AccessError):
            change.action_approve()
        with self.assertRaises(UserError):
            own.unlink()

    def test_production_is_not_left_to_change_it_alone(self):
        self.system.sudo().environment = "production"
        system = self.system.with_user(self.manager)
        system.environment = "test"
        self.assertEqual(self.system.environment, "production")
        self.assertTrue(self.changes(self.system))

    def test_nobody_takes_a_system_into_production_alone(self):
        system = self.system.with_user(self.manager)
        system.environment = "production"
        self.assertEqual(self.system.environment, "test")
        self.changes(self.system).with_user(self.approver).action_approve()
        self.assertEqual(self.system.environment, "production")

    def test_what_is_in_force_for_a_test_is_not_moved_to_production(self):
        """Put into force with two eyes, then moved to where four are asked for."""
        live = self.system.copy({"code": "live", "environment": "production"})
        for number, system in enumerate((live, live.browse())):
            mapping = self.draft_mapping(self.manager, external_code=f"ACME {number}")
            self.assertEqual(mapping.state, "active")
            with self.subTest(system=system.code):
                mapping.system_id = system
                self.assertEqual(mapping.system_id, self.system)
                self.assertEqual(self.changes(mapping).vals["system_id"], system.id)

    def test_cut_over_is_not_moved_to_a_flow_in_production(self):
        live = self.system.copy({"code": "live", "environment": "production"})
        flow, other = self.env["integration.policy"].create(
            [{"system_id": system.id} for system in (self.system, live)]
        )
        domain = self.env["integration.mapping.domain"].create(
            {
                "name": "Supplier of the test",
                "code": "test_supplier",
                "model_id": self.env.ref("base.model_res_partner").id,
            }
        )
        cutover = (
            self.env["integration.cutover"]
            .with_user(self.manager)
            .create(
                {
                    "policy_id": flow.id,
                    "domain_id": domain.id,
                    "res_id": self.partner.id,
                }
            )
        )
        self.assertEqual(cutover.state, "active")
        cutover.policy_id = other
        self.assertEqual(cutover.policy_id, flow)
        self.assertTrue(self.changes(cutover))

    def test_plant_of_a_mapping_is_governed(self):
        if "stock.warehouse" not in self.env:
            self.skipTest("plants come with integration_stock")
        mapping = self.draft_mapping(self.env.user)
        plant = self.env["stock.warehouse"].search([], limit=1)
        self.ask_four_eyes()
        mapping.with_user(self.manager).write(
            {"warehouse_id": plant.id, "plant_ref": plant.id}
        )
        self.assertEqual((mapping.warehouse_id.id, mapping.plant_ref), (False, 0))
        self.changes(mapping).with_user(self.approver).action_approve()
        self.assertEqual(mapping.plant_ref, plant.id)

    def test_another_schema_file_waits_with_its_schema(self):
        self.ask_four_eyes()
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        before, path = contract.schema, contract.schema_file
        contract.sudo().schema = dict(before, title="Edited")
        contract.with_user(self.manager).schema_file = path
        contract.with_user(self.manager).schema_file = path.replace(
            ".json", ".sample.json"
        )
        self.assertEqual(
            (contract.schema["title"], contract.schema_file), ("Edited", path)
        )

    def test_translation_in_force_is_changed_and_brought_back_by_changes(self):
        contracts = self.env["integration.contract"]
        target = contracts.search([("code", "=", "connection.tested")], limit=1)
        source = target.copy({"code": "gov.said", "schema": {"type": "object"}})
        translation = self.env["integration.translation"].create(
            {
                "name": "Said",
                "system_id": self.system.id,
                "source_contract_id": source.id,
                "target_contract_id": target.id,
                "expression": "{text: msg}",
                "sample": '{"msg": "hi"}',
                "state": "active",
            }
        )
        self.ask_four_eyes()
        own = translation.with_user(self.manager)
        with self.assertRaises(UserError):
            own.expression = "{text: `7`}"
        own.expression = "{text: join('', [msg, '!'])}"
        self.assertEqual(translation.expression, "{text: msg}")
        self.changes(translation).with_user(self.approver).action_approve()
        self.assertIn("join", translation.expression)
        first = self.env["integration.version"].search(
            [("res_model", "=", translation._name), ("res_id", "=", translation.id)],
            order="number",
            limit=1,
        )
        first.with_user(self.manager).action_restore()
        self.changes(translation)[0].with_user(self.approver).action_approve()
        self.assertEqual(translation.expression, "{text: msg}")

    def test_draft_on_an_old_state_is_refused(self):
        mapping = self.draft_mapping(self.env.user)
        self.ask_four_eyes()
        mapping.with_user(self.manager).factor = 2
        mapping.sudo().factor = 3
        with self.assertRaisesRegex(UserError, "changed since"):
            self.changes(mapping).with_user(self.approver).action_approve()

    def test_decided_once(self):
        self.ask_four_eyes()
        mapping = self.draft_mapping(self.manager)
        change = self.changes(mapping)
        change.with_user(self.approver).action_reject()
        with self.assertRaisesRegex(UserError, "decided"):
            change.with_user(self.approver).action_approve()
        self.assertEqual(mapping.state, "draft")

    def test_approved_mapping_releases_what_waits(self):
        def handle(handler, message):
            handler._resolve(message, "test_partner", "ACME")

        self.handle_with(handle)
        delivery = self.hello()
        self.ask_four_eyes()
        mapping = self.draft_mapping(self.manager)
        self.assertEqual(delivery.state, "parked")
        self.changes(mapping).with_user(self.approver).action_approve()
        self.assertEqual(delivery.state, "pending")

    def test_policies_and_contracts_are_governed_too(self):
        self.ask_four_eyes()
        policy = (
            self.env["integration.policy"]
            .with_user(self.manager)
            .create({"contract_code": "connection.tested", "max_attempts": 1})
        )
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        flow = self.env["integration.policy"]._get_flow(self.system.id, contract.id)
        self.assertNotEqual(flow.policy_id, policy.id)
        contract.with_user(self.manager).state = "retired"
        self.assertEqual(contract.state, "active")


@tagged("post_install", "-at_install")
class TestVersions(GovernanceCase):
    """Each state is kept, told apart, and brought back in one click."""

    def versions(self, record):
        return self.env["integration.version"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)],
            order="number",
        )

    def test_every_state_is_kept_and_can_come_back(self):
        self.ask_four_eyes("never")
        mapping = self.draft_mapping(self.manager)
        mapping.write({"res_id": self.other.id, "factor": 4})
        first, second = self.versions(mapping)
        self.assertEqual(first.values["res_id"], "ACME-1")
        self.assertIn("BOLT-1", second.difference)
        self.assertNotIn("external_code", second.difference)
        first.with_user(self.manager).action_restore()
        self.assertEqual((mapping.res_id, mapping.factor), (self.partner.id, 1))
        self.assertEqual(len(self.versions(mapping)), 3)

    def test_bringing_back_asks_a_second_person_too(self):
        mapping = self.draft_mapping(self.env.user)
        mapping.factor = 4
        self.ask_four_eyes()
        self.versions(mapping)[0].with_user(self.manager).action_restore()
        self.assertEqual(mapping.factor, 4)
        self.changes(mapping).with_user(self.approver).action_approve()
        self.assertEqual(mapping.factor, 1)

    def test_versions_are_not_edited(self):
        mapping = self.draft_mapping(self.env.user)
        version = self.versions(mapping)
        with self.assertRaises(RestrictViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE integration_version SET number = 9 WHERE id = %s", [version.id]
            )

    def test_writing_the_same_keeps_nothing(self):
        mapping = self.draft_mapping(self.env.user)
        mapping.write({"factor": 1, "res_id": self.partner.id})
        self.assertEqual(len(self.versions(mapping)), 1)
