import base64
import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import GovernanceCase


@tagged("post_install", "-at_install")
class TestConfigFile(GovernanceCase):
    """Configuration travels as a file, looked at before it is applied."""

    def setUp(self):
        super().setUp()
        self.ask_four_eyes("never")
        self.mapping = self.draft_mapping(self.env.user, factor=4)
        self.Files = self.env["integration.config.file"]

    def load(self, change=None):
        document = json.loads(self.Files._write())
        if change:
            change(document["records"])
        content = base64.b64encode(json.dumps(document).encode())
        return self.Files.create({"content": content})

    def find(self, records, code="ACME"):
        rows = records["integration.mapping"]
        return next(row for row in rows if row["values"]["external_code"] == code)

    def test_same_configuration_changes_nothing(self):
        wizard = self.load()
        self.assertEqual(wizard._plan(), [])
        wizard.action_check()
        self.assertIn("Nothing would change", wizard.difference)

    def test_dry_run_shows_and_import_applies(self):
        wizard = self.load(lambda r: self.find(r)["values"].update(res_id="BOLT-1"))
        wizard.action_check()
        self.assertIn("BOLT-1", wizard.difference)
        self.assertEqual(self.mapping.res_id, self.partner.id)
        wizard.action_import()
        self.assertEqual(self.mapping.res_id, self.other.id)

    def test_import_into_production_makes_changes_only(self):
        self.ask_four_eyes()
        wizard = self.load(lambda r: self.find(r)["values"].update(factor=9))
        own = self.Files.with_user(self.manager).create({"content": wizard.content})
        own.action_import()
        self.assertEqual(self.mapping.factor, 4)
        self.assertEqual(self.changes(self.mapping).vals["factor"], 9)

    def test_what_is_missing_is_made(self):
        def retarget(records):
            row = self.find(records)
            row["key"] = row["key"].replace("ACME", "NEW")
            row["values"]["external_code"] = "NEW"

        self.load(retarget).action_import()
        found = self.env["integration.mapping"]._find(
            self.system, "test_partner", "NEW"
        )
        self.assertEqual((found.res_id, found.factor), (self.partner.id, 4))

    def test_unknown_names_and_files_say_why(self):
        def break_it(records):
            self.find(records)["values"]["system_id"] = "nowhere"

        with self.assertRaisesRegex(UserError, "nowhere"):
            self.load(break_it).action_import()
        for content in (b"", b"{", b'{"format": "other", "records": {}}', b"[]"):
            wizard = self.Files.create({"content": base64.b64encode(content)})
            with self.subTest(content=content), self.assertRaises(UserError):
                wizard.action_check()

    def test_check_finds_what_an_import_would(self):
        def break_it(records):
            self.find(records)["values"]["res_id"] = "nobody"

        wizard = self.load(break_it)
        wizard.action_check()
        self.assertIn("nobody", wizard.difference)
        self.assertFalse(wizard.is_checked)
        self.assertEqual(self.mapping.res_id, self.partner.id)

    def test_check_leaves_nothing_behind(self):
        def make_new(records):
            row = self.find(records)
            row["key"], row["values"]["external_code"] = "new", "NEW"

        before = self.env["integration.mapping"].search_count([])
        wizard = self.load(make_new)
        wizard.action_check()
        self.assertTrue(wizard.is_checked)
        self.assertEqual(self.env["integration.mapping"].search_count([]), before)

    def test_an_id_of_another_database_is_nobody_here(self):
        def rename(records):
            self.find(records)["values"]["res_id"] = f"id:{self.other.id}"

        with self.assertRaisesRegex(UserError, "of 'ACME' has no reference"):
            self.load(rename).action_import()
        self.assertEqual(self.mapping.res_id, self.partner.id)

    def test_second_import_makes_no_second_draft(self):
        def make_new(records):
            row = self.find(records)
            row["key"] = row["key"].replace("ACME", "NEW")
            row["values"]["external_code"] = "NEW"

        content = self.load(make_new).content
        self.ask_four_eyes()
        for _time in range(2):
            own = self.Files.with_user(self.manager).create({"content": content})
            own.action_import()
        draft = self.env["integration.mapping"].search([("external_code", "=", "NEW")])
        self.assertEqual((len(draft), draft.state), (1, "draft"))
        self.assertEqual(len(self.changes(draft)), 1)

    def test_what_is_past_does_not_stand_in_for_what_is_in_force(self):
        past = self.draft_mapping(self.env.user, external_code="PAST")
        past.state = "retired"
        past.external_code = "ACME"
        self.assertEqual(self.load()._plan(), [])
        self.assertEqual(
            self.find(json.loads(self.Files._write())["records"])["values"]["state"],
            "active",
        )

    def test_rows_without_a_key_or_values_are_no_file(self):
        for row in ({}, {"key": "x"}, {"key": 1, "values": {}}, 7):
            content = {
                "format": "integration-config/1",
                "records": {"integration.mapping": [row]},
            }
            wizard = self.Files.create(
                {"content": base64.b64encode(json.dumps(content).encode())}
            )
            with self.subTest(row=row), self.assertRaises(UserError):
                wizard.action_check()

    def test_words_rules_and_conventions_travel_too(self):
        values = {"name": "Night", "user_id": self.env.ref("base.user_admin").id}
        rule = self.env["integration.exception.rule"].create(values)
        wizard = self.load(
            lambda r: next(
                row
                for row in r["integration.exception.rule"]
                if row["values"]["name"] == "Night"
            )["values"].update(deadline_hours=7)
        )
        wizard.action_import()
        self.assertEqual(rule.deadline_hours, 7)
        self.assertEqual(rule.user_id, self.env.ref("base.user_admin"))
        self.assertIn("integration.canonical.value", self.Files._get_models())

    def test_plants_are_kept_apart_and_found_again(self):
        if "stock.warehouse" not in self.env:
            self.skipTest("plants come with integration_stock")
        plants = self.env["stock.warehouse"].create(
            [{"name": f"Plant {n}", "code": f"GP{n}"} for n in (1, 2)]
        )
        here, there = (
            self.draft_mapping(self.env.user, external_code="AT", warehouse_id=plant.id)
            for plant in plants
        )
        content = self.load().content
        here.factor, there.factor = 3, 5
        there.warehouse_id = False
        self.Files.create({"content": content}).action_import()
        mappings = self.env["integration.mapping"].search(
            [("external_code", "=", "AT")]
        )
        found = {m.warehouse_id.code: m.factor for m in mappings}
        self.assertEqual(found, {"GP1": 1, "GP2": 1, False: 5})

    def test_no_secret_leaves(self):
        secret = self.system.issue_credential()["secret"]
        self.assertNotIn(secret, self.Files._write())
        self.assertNotIn("credential", self.Files._write())
