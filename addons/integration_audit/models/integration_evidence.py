import base64
import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import json_default

from ..lib.evidence import build_archive, derive_key, get_fingerprint

MESSAGES_MAX = 20_000
LEFT_OUT = {"display_name", "payload_text", "problem_text", "attempt_ids"}
AUDITOR = "integration_core.integration_core_group_auditor"


class IntegrationEvidence(models.Model):
    """An export of the log that was handed out: what, to whom, with which digest."""

    _name = "integration.evidence"
    _inherit = ["append.only.mixin"]
    _description = "Evidence"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date_from = fields.Datetime(string="From", readonly=True)
    date_to = fields.Datetime(string="Until", readonly=True)
    res_model = fields.Char(string="Kind of document", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    message_count = fields.Integer(string="Messages", readonly=True)
    intact = fields.Boolean(
        readonly=True, help="What verifying the seals said at that moment."
    )
    sha256 = fields.Char(string="SHA-256 of the file", required=True, readonly=True)
    fingerprint = fields.Char(
        string="Fingerprint of the key",
        required=True,
        readonly=True,
        help="Give it to whoever is to check the file, on another way than the file.",
    )
    file = fields.Binary(attachment=True, readonly=True)
    filename = fields.Char(readonly=True)
    holds_hidden = fields.Boolean(
        string="Holds hidden members",
        readonly=True,
        help="Exported by somebody who sees what policies hide; only such people have it.",
    )

    @api.model
    def _export(self, *, date_from=None, date_to=None, document=None):
        """Put evidence together and keep it. What the user may not see is not in it.

        :param document: one record, whose messages and those around them are exported;
            or else all messages between two moments.
        :raises UserError: when there is nothing, too much, or no seal key.
        """
        if not self.env.user.has_group(AUDITOR) and not self.env.su:
            raise AccessError(self.env._("Only integration auditors export evidence."))
        key = self._get_key()
        # One company's auditor takes one company's log, whatever else is looked at.
        company = document.company_id if document and "company_id" in document else None
        company = company or self.env.company
        messages = (
            self._find_messages_of(document, company)
            if document
            else self._find_messages(
                Domain("received_at", ">=", date_from)
                & Domain("received_at", "<=", date_to),
                company,
            )
        )
        if not messages:
            raise UserError(self.env._("There are no messages to export."))
        # See seal.verification: whoever may read verifications has them made.
        verifications = self.env["integration.seal.verification"].sudo()._verify()
        files = self._prepare_files(messages, verifications, document, company)
        archive = build_archive(files, key)
        name = document.display_name if document else f"{date_from} – {date_to}"
        # A ledger of what was handed out: nobody writes it by hand.
        return self.sudo().create(
            {
                "name": name,
                "company_id": company.id,
                "holds_hidden": self._holds_hidden(messages),
                "date_from": date_from,
                "date_to": date_to,
                "res_model": document._name if document else False,
                "res_id": document.id if document else False,
                "message_count": len(messages),
                "intact": "broken" not in verifications.mapped("state"),
                "sha256": hashlib.sha256(archive).hexdigest(),
                "fingerprint": get_fingerprint(derive_key(key).public_key()),
                "file": base64.b64encode(archive),
                "filename": f"evidence-{fields.Date.today()}.zip",
            }
        )

    @api.model
    def _get_key(self):
        keys = self.env["integration.seal"]._get_keys()
        if not keys:
            raise UserError(
                self.env._(
                    "Evidence is signed with a key derived from the seal key, and there is "
                    "none: set integration_seal_key in odoo.conf."
                )
            )
        return keys[0]

    @api.model
    def _find_messages(self, domain, company):
        found = self.env["integration.message"].search(
            domain & Domain("company_id", "=", company.id),
            order="id",
            limit=MESSAGES_MAX + 1,
        )
        if len(found) > MESSAGES_MAX:
            raise UserError(
                self.env._(
                    "These are more than %s messages: choose a shorter period.",
                    MESSAGES_MAX,
                )
            )
        return found

    @api.model
    def _holds_hidden(self, messages):
        """Tell whether what is exported holds members that a policy hides from others."""
        if not messages._is_cleared():
            return False
        flows = {(m.direction, m.contract_code, m.system_id.id) for m in messages}
        Policy = self.env["integration.policy"]
        return any(Policy._get_redaction_rules(*flow) for flow in flows)

    @api.model
    def _find_messages_of(self, document, company):
        """Return the messages about a document, and those that caused or followed them."""
        about = [("res_model", "=", document._name), ("res_id", "=", document.id)]
        messages = self.env["integration.message"].search(about)
        messages |= self.env["integration.delivery"].search(about).message_id
        uuids = messages.mapped("uuid")
        chains = {
            name
            for message in messages
            for name in (message.correlation_id, message.causation_id, message.uuid)
            if name
        }
        return self._find_messages(
            Domain("id", "in", messages.ids)
            | Domain("uuid", "in", list(chains))
            | Domain("correlation_id", "in", list(chains))
            | Domain("causation_id", "in", uuids),
            company,
        )

    @api.model
    def _prepare_files(self, messages, verifications, document, company):
        moments = messages.mapped("received_at")
        changes = self.env["integration.change"].search(
            [
                ("changed_at", ">=", min(moments)),
                ("changed_at", "<=", max(moments)),
                ("company_id", "in", (company.id, False)),
            ],
            order="id",
        )
        deliveries = messages.delivery_ids
        attempts = deliveries.attempt_ids
        corrections = self.env["integration.correction"].search(
            [("delivery_id", "in", deliveries.ids)], order="id"
        )
        return {
            "messages.jsonl": self._write_lines(messages),
            "deliveries.jsonl": self._write_lines(deliveries),
            "attempts.jsonl": self._write_lines(attempts),
            "corrections.jsonl": self._write_lines(corrections),
            "configuration_changes.jsonl": self._write_lines(changes),
            "document_changes.jsonl": self._write_lines(
                self._find_tracked_changes(document)
            ),
            "seals.jsonl": b"".join(
                self._write_lines(self._find_seals(ledger))
                for ledger in (messages, attempts, corrections)
            ),
            "verification.jsonl": self._write_lines(verifications),
        }

    @api.model
    def _find_seals(self, rows):
        """Return the seals over rows of one ledger, and over what is between them."""
        return self.env["integration.seal"].search(
            [
                ("ledger", "=", rows._name),
                ("last_id", ">=", min(rows.ids, default=0)),
                ("first_id", "<=", max(rows.ids, default=0)),
            ],
            order="number",
        )

    @api.model
    def _find_tracked_changes(self, document):
        if not document or "message_ids" not in document._fields:
            return self.env["mail.tracking.value"]
        # Who may read the document may read its chatter, not the values' own table; and
        # there as here only those of fields that the reader may read.
        notes = document.message_ids
        tracked = self.env["mail.tracking.value"].sudo().search(
            [("mail_message_id", "in", notes.ids)], order="id"
        )
        return tracked._filter_has_field_access(self.env)

    @api.model
    def _write_lines(self, records):
        names = [
            name
            for name, field in records._fields.items()
            if field.store and name not in LEFT_OUT and field.type != "binary"
        ]
        readable = [
            name
            for name in names
            if records._has_field_access(records._fields[name], "read")
        ]
        rows = records.read(readable, load=None)
        return "".join(
            json.dumps(row, default=json_default, ensure_ascii=False) + "\n"
            for row in rows
        ).encode()

