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

    def test_no_secret_leaves(self):
        secret = self.system.issue_credential()["secret"]
        self.assertNotIn(secret, self.Files._write())
        self.assertNotIn("credential", self.Files._write())
