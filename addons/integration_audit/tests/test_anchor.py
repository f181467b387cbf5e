import tempfile
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

from freezegun import freeze_time

from odoo import api, fields, models
from odoo.tools import config

from odoo.addons.integration_core.models.integration_seal import SETTING as KEY_SETTING
from odoo.addons.integration_core.tests.common import IntegrationCase

from ..models.integration_seal import SETTING

LEDGER = "integration.message"
ATTEMPTS = "integration.attempt"


class SealedCase(IntegrationCase):
    """A sealed log whose anchor is in a folder of the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.Seal = cls.env["integration.seal"]

    def setUp(self):
        super().setUp()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(
            patch.dict(config.options, {SETTING: folder, KEY_SETTING: "seal-key-" * 4})
        )

    def send(self, count=1):
        messages = [
            self.receive("connection.tested", {"text": f"hello {number}"})
            for number in range(count)
        ]
        self.env.flush_all()
        return messages

    def seal(self):
        """Run the scheduled action, whose commits stay inside the test."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            api.Environment(cr, self.uid, {})["integration.seal"]._cron_seal()
        self.env.invalidate_all()
        self.Seal._anchor()
        return self.Seal.search([("ledger", "=", LEDGER)], order="number")

    def find_faults(self, ledger=LEDGER):
        return "\n".join(self.Seal._find_faults(ledger))

    def tamper(self, statement, *parameters):
        """Change the database as its owner could, with triggers off."""
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        self.env.cr.execute(statement, parameters)
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()


class TestAnchor(SealedCase):
    def setUp(self):
        super().setUp()
        self.seal()
        self.first, self.second, self.third = self.send(3)
        self.last = self.seal()[-1]
        self.assertEqual(self.find_faults(), "")
        self.assertEqual(self.find_faults(ATTEMPTS), "")

    def assert_named(self, faults, *messages):
        for message in self.first, self.second, self.third:
            check = self.assertIn if message in messages else self.assertNotIn
            check(message.uuid, faults)

    def test_a_changed_bit_names_its_message(self):
        self.tamper(
            "UPDATE integration_message SET order_key = 'x' WHERE id = %s",
            self.second.id,
        )
        faults = self.find_faults()
        self.assertIn("Changed since it was sealed", faults)
        self.assert_named(faults, self.second)

    def test_a_changed_attempt_names_its_message(self):
        self.tamper(
            "UPDATE integration_attempt SET milliseconds = milliseconds + 1"
            " WHERE delivery_id = %s",
            self.third.delivery_ids.id,
        )
        self.assert_named(self.find_faults(ATTEMPTS), self.third)
        self.assertEqual(self.find_faults(), "")

    def test_a_removed_row_is_named_though_it_is_gone(self):
        uuid = self.first.uuid
        self.tamper("DELETE FROM integration_message WHERE id = %s", self.first.id)
        faults = self.find_faults()
        self.assertIn("Gone from where it was sealed", faults)
        self.assertIn(uuid, faults)

    def test_a_row_that_moved_is_named(self):
        uuid = self.first.uuid
        self.tamper(
            "UPDATE integration_message SET id = 2000000000 WHERE id = %s",
            self.first.id,
        )
        self.assertIn(uuid, self.find_faults())

    def test_rows_that_changed_places_are_named(self):
        self.tamper(
            "UPDATE integration_message SET id = CASE id WHEN %s THEN -1 ELSE -2 END"
            " WHERE id IN (%s, %s)",
            *(self.first.id, self.first.id, self.second.id),
        )
        self.tamper(
            "UPDATE integration_message SET id = CASE id WHEN -1 THEN %s ELSE %s END"
            " WHERE id < 0",
            *(self.second.id, self.first.id),
        )
        self.assert_named(self.find_faults(), self.first, self.second)

    def test_a_tail_that_is_gone_with_its_seal_is_found(self):
        uuids = [m.uuid for m in (self.first, self.second, self.third)]
        self.tamper("DELETE FROM integration_message WHERE id >= %s", self.first.id)
        self.tamper("DELETE FROM integration_seal WHERE id = %s", self.last.id)
        faults = self.find_faults()
        self.assertIn("is in the anchor and no more in the database", faults)
        for uuid in uuids:
            self.assertIn(uuid, faults)

    def test_a_chain_made_anew_without_the_key_names_what_it_hid(self):
        self.tamper(
            "UPDATE integration_message SET payload = '{}' WHERE id = %s",
            self.second.id,
        )
        previous = self.Seal.search(
            [("ledger", "=", LEDGER), ("number", "=", self.last.number - 1)]
        )
        vals = self.Seal._prepare_seal_vals(
            self.env[LEDGER], previous, self.last.last_id, b"guess" * 8
        )
        self.tamper(
            "UPDATE integration_seal SET digest = %s, mac = %s, key_name = %s"
            " WHERE id = %s",
            *(vals["digest"], vals["mac"], self.last.key_name, self.last.id),
        )
        faults = self.find_faults()
        self.assertIn("is not the one that was made", faults)
        self.assert_named(faults, self.second)

    def test_a_changed_bit_in_a_seal_is_found_and_no_message_blamed(self):
        self.tamper(
            "UPDATE integration_seal SET sealed_at = sealed_at + interval '1 second'"
            " WHERE id = %s",
            self.last.id,
        )
        faults = self.find_faults()
        self.assertIn(f"Seal {self.last.number} is not the one", faults)
        self.assert_named(faults)

    def test_an_attempt_out_of_the_middle_is_named_by_its_message(self):
        self.tamper(
            "DELETE FROM integration_attempt WHERE delivery_id = %s",
            self.second.delivery_ids.id,
        )
        self.assert_named(self.find_faults(ATTEMPTS), self.second)

    def test_attempts_given_to_another_message_are_named(self):
        """Deliveries are not sealed; what their attempts are called is."""
        first, second = self.first.delivery_ids, self.second.delivery_ids
        for delivery, message in ((first, -1), (second, self.first.id), (first, self.second.id)):
            self.tamper(
                "UPDATE integration_delivery SET message_id = %s WHERE id = %s",
                *(message, delivery.id),
            )
        self.assert_named(self.find_faults(ATTEMPTS), self.first, self.second)

    def test_payloads_that_changed_places_are_named(self):
        self.tamper(
            "UPDATE integration_message m SET payload = o.payload, sha256 = o.sha256"
            " FROM integration_message o WHERE m.id + o.id = %s AND m.id IN (%s, %s)",
            *(self.first.id + self.third.id, self.first.id, self.third.id),
        )
        self.assert_named(self.find_faults(), self.first, self.third)

    def test_a_message_put_in_between_or_before_is_named(self):
        (before,) = self.send()
        self.env.cr.execute("SELECT nextval('integration_message_id_seq')")
        self.send()
        self.seal()
        uuid = self.put_in(before.id + 1)
        self.assertIn(
            f"Was not there when it was sealed: {uuid} (row {before.id + 1})",
            self.find_faults(),
        )
        self.put_in(-7)
        self.assertIn("which counts from 1: -7", self.find_faults())

    def put_in(self, row_id):
        uuid, copied = str(uuid4()), ", ".join(self.env[LEDGER]._sealed_columns[1:])
        self.tamper(
            f"INSERT INTO integration_message (id, uuid, {copied})"
            f" SELECT %s, %s, {copied.replace('idempotency_key', '%s')}"
            " FROM integration_message WHERE id = %s",
            *(row_id, uuid, uuid, self.first.id),
        )
        return uuid

    def test_a_tombstone_that_was_forged_explains_nothing(self):
        uuid = self.first.uuid
        self.tamper(
            "INSERT INTO integration_tombstone (ledger, row_id, digest, name, purged_at, mac)"
            " VALUES (%s, %s, repeat('a', 64), %s, now() + interval '1 day', 'b')",
            *(LEDGER, self.first.id, uuid),
        )
        self.tamper("DELETE FROM integration_message WHERE id = %s", self.first.id)
        faults = self.find_faults()
        self.assertIn("no rule signed", faults)
        self.assertIn(uuid, faults)

    def test_seals_that_were_removed_to_be_made_anew_hide_nothing(self):
        """The scheduled action seals what it finds; the anchor knows better."""
        self.tamper(
            "UPDATE integration_message SET received_at = received_at + interval '1 s'"
            " WHERE id = %s",
            self.third.id,
        )
        self.tamper("DELETE FROM integration_seal WHERE ledger = %s", LEDGER)
        self.seal()
        faults = self.find_faults()
        self.assertIn("is not the one in the anchor", faults)
        self.assert_named(faults, self.third)

    def test_moved_ends_of_a_seal_are_found(self):
        for column, by in (("first_id", 1), ("last_id", -1), ("row_count", -1)):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"UPDATE integration_seal SET {column} = {column} + %s WHERE id = %s",
                    *(by, self.last.id),
                )
                self.assertIn("is not the one that was made", self.find_faults())
                savepoint.rollback()

    def test_a_line_cut_out_of_the_anchor_is_found(self):
        self.send()
        newest = self.seal()[-1]
        file = self.Seal._get_anchor_file(LEDGER)
        lines = file.path.read_bytes().splitlines(keepends=True)
        file.path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
        self.assertIn(
            f"Seals {self.last.number} to {self.last.number} are not in the anchor",
            self.find_faults(),
        )
        self.assertEqual(file.read_last().number, newest.number)

    def test_a_cut_anchor_grows_again_and_the_auditors_hear_of_it(self):
        path = self.Seal._get_anchor_file(LEDGER).path
        whole = path.read_bytes()
        path.write_bytes(b"")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            self.Seal._anchor()
            self.assertFalse(self.Seal._anchor())
        self.assertEqual(path.read_bytes(), whole)
        (noted,) = self.env["integration.seal.verification"].search(
            [("ledger", "=", LEDGER), ("faults", "like", "lacked seals")]
        )
        self.assertEqual(noted.state, "broken")

    def test_every_column_of_a_ledger_is_sealed(self):
        for ledger in self.Seal._get_ledgers():
            with self.subTest(ledger):
                model = self.env[ledger]
                stored = {
                    name
                    for name, field in model._fields.items()
                    if field.store and field.column_type
                }
                sealed = {*model._sealed_columns, *models.MAGIC_COLUMNS}
                self.assertFalse(stored - sealed)

    def test_a_seal_that_was_never_anchored_is_found_after_a_while(self):
        file = self.Seal._get_anchor_file(LEDGER)
        lines = file.path.read_bytes().splitlines(keepends=True)
        file.path.write_bytes(b"".join(lines[:-1]))
        self.assertEqual(self.find_faults(), "")
        with patch("odoo.addons.integration_audit.models.integration_seal.GRACE_MINUTES", -1):
            self.assertIn("are not in the anchor", self.find_faults())

    def test_a_torn_line_is_written_again(self):
        self.send()
        self.seal()
        file = self.Seal._get_anchor_file(LEDGER)
        whole = file.path.read_bytes()
        file.path.write_bytes(whole[:-20])
        self.assertEqual(file.read_last().number, self.last.number)
        self.Seal._anchor()
        self.assertEqual(file.path.read_bytes(), whole)

    def test_a_line_that_was_edited_is_reported(self):
        file = self.Seal._get_anchor_file(LEDGER)
        file.path.write_bytes(file.path.read_bytes().replace(b'{"ledger"', b'{ledger"', 1))
        self.assertIn("cannot be read", self.find_faults())

    def test_verifying_by_button_tells_the_same(self):
        self.tamper(
            "UPDATE integration_message SET epoch = 'x' WHERE id = %s", self.second.id
        )
        self.env["integration.seal.verification"].action_verify()
        newest = self.env["integration.seal.verification"].search(
            [("ledger", "=", LEDGER)], limit=1
        )
        self.assertEqual(newest.state, "broken")
        self.assert_named(newest.faults, self.second)
