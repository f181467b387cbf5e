import base64
import io
import json
import zipfile

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..lib.evidence import derive_key, find_faults
from .test_anchor import SealedCase

GROUP = "integration_core.integration_core_group_%s"


class TestEvidence(SealedCase):
    """What an auditor takes away: whole, signed, on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = new_test_user(cls.env, "evidence-auditor", GROUP % "auditor")
        cls.operator = new_test_user(cls.env, "evidence-operator", GROUP % "operator")

    def export(self, **values):
        wizard = (
            self.env["integration.evidence.export"]
            .with_user(self.auditor)
            .create(values)
        )
        action = wizard.action_export()
        return self.env["integration.evidence"].browse(action["res_id"])

    def open(self, evidence):
        archive = base64.b64decode(evidence.file)
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {
                name: [json.loads(line) for line in opened.read(name).splitlines()]
                for name in opened.namelist()
                if name.endswith(".jsonl")
            }

    def test_a_period_holds_messages_attempts_and_verification(self):
        message = self.send()[0]
        delivery = message.delivery_ids
        self.env["integration.correction"].create(
            {
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "user_id": self.env.uid,
                "corrected_at": fields.Datetime.now(),
                "reason": "Told on the phone",
                "after": {"text": "corrected"},
            }
        )
        self.env.flush_all()
        self.seal()
        evidence = self.export(scope="period")
        files = self.open(evidence)
        self.assertEqual(
            [row["after"] for row in files["corrections.jsonl"]], [{"text": "corrected"}]
        )
        self.assertIn(message.uuid, {row["uuid"] for row in files["messages.jsonl"]})
        self.assertTrue(files["attempts.jsonl"])
        self.assertEqual(
            {row["ledger"] for row in files["seals.jsonl"]},
            {message._name, "integration.attempt", "integration.correction"},
        )
        self.assertIn("intact", {row["state"] for row in files["verification.jsonl"]})
        self.assertTrue(evidence.intact)

    def test_a_document_holds_its_own_messages_and_those_around_them(self):
        first, second, _other = self.send(3)
        first.delivery_ids.write({"res_model": "res.partner", "res_id": 1})
        second_uuid = second.uuid
        self.tamper(
            "UPDATE integration_message SET causation_id = %s WHERE id = %s",
            *(first.uuid, second.id),
        )
        evidence = self.export(scope="document", document="res.partner,1")
        found = {row["uuid"] for row in self.open(evidence)["messages.jsonl"]}
        self.assertEqual(found, {first.uuid, second_uuid})

    def test_changes_of_fields_that_are_closed_to_the_auditor_are_not_in_it(self):
        partner = self.env["res.partner"].create({"name": "Acme"})
        about = {"res_model": "res.partner", "res_id": partner.id}
        self.send()[0].delivery_ids.write(about)
        note = partner.message_post(body="Changed")
        for model, name in (
            ("res.partner", "name"),
            ("integration.credential", "secret_encrypted"),
        ):
            self.env["mail.tracking.value"].create(
                {
                    "field_id": self.env["ir.model.fields"]._get(model, name).id,
                    "new_value_char": name,
                    "mail_message_id": note.id,
                }
            )
        evidence = self.export(scope="document", document=f"res.partner,{partner.id}")
        changes = self.open(evidence)["document_changes.jsonl"]
        self.assertEqual([row["new_value_char"] for row in changes], ["name"])

    def test_the_signature_fits_and_a_changed_file_does_not(self):
        self.send()
        archive = base64.b64decode(self.export(scope="period").file)
        public = derive_key(b"seal-key-" * 4).public_key()
        self.assertEqual(find_faults(archive, public), [])
        buffer = io.BytesIO(archive)
        with zipfile.ZipFile(buffer, "a") as opened:
            opened.writestr("more.jsonl", "{}")
        self.assertEqual(find_faults(buffer.getvalue(), public), ["more.jsonl"])
        self.assertEqual(find_faults(self.change_a_byte(archive), public), ["messages.jsonl"])
        stranger = derive_key(b"stranger-" * 4).public_key()
        self.assertEqual(find_faults(archive, stranger), ["SHA256SUMS.sig"])

    def change_a_byte(self, archive):
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(archive)) as before,
            zipfile.ZipFile(buffer, "w") as after,
        ):
            for name in before.namelist():
                data = bytearray(before.read(name))
                if name == "messages.jsonl":
                    data[-5] ^= 1
                after.writestr(name, bytes(data))
        return buffer.getvalue()

    def test_a_log_that_was_tampered_with_is_exported_as_such(self):
        message = self.send(2)[0]
        self.seal()
        self.tamper(
            "UPDATE integration_message SET epoch = 'x' WHERE id = %s", message.id
        )
        evidence = self.export(scope="period")
        self.assertFalse(evidence.intact)
        texts = str(self.open(evidence)["verification.jsonl"])
        self.assertIn(message.uuid, texts)

    def test_evidence_with_hidden_members_is_for_people_who_see_them(self):
        self.env["integration.policy"].create(
            {"system_id": self.system.id, "redacted_members": "text"}
        )
        self.send()
        self.assertFalse(self.export(scope="period").holds_hidden)
        cleared = "integration_audit.integration_audit_group_cleared"
        second = new_test_user(
            self.env, "evidence-cleared", f"{GROUP % 'auditor'},{cleared}"
        )
        evidence = (
            self.env["integration.evidence"]
            .with_user(second)
            ._export(date_from="2000-01-01", date_to="2100-01-01")
        )
        self.assertTrue(evidence.holds_hidden)
        self.assertTrue(evidence.with_user(second).file)
        with self.assertRaises(AccessError):
            evidence.with_user(self.auditor).read(["file"])

    def test_evidence_is_of_one_company(self):
        messages = self.send(2)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.auditor.company_ids |= other
        self.env.flush_all()
        self.tamper(
            "UPDATE integration_message SET company_id = %s WHERE id = %s",
            *(other.id, messages[1].id),
        )
        Evidence = self.env["integration.evidence"].with_user(self.auditor)
        Evidence = Evidence.with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        evidence = Evidence._export(date_from="2000-01-01", date_to="2100-01-01")
        found = {row["uuid"] for row in self.open(evidence)["messages.jsonl"]}
        self.assertIn(messages[0].uuid, found)
        self.assertNotIn(messages[1].uuid, found)

    def test_only_auditors_export_and_nothing_is_no_evidence(self):
        with self.assertRaises(AccessError):
            self.env["integration.evidence"].with_user(self.operator)._export(
                date_from="2026-01-01", date_to="2026-01-02"
            )
        with self.assertRaises(UserError):
            self.export(
                scope="period",
                date_from="2001-01-01 00:00:00",
                date_to="2001-01-02 00:00:00",
            )
