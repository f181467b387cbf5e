import hashlib
import json
import logging
import os
import time
from datetime import UTC, datetime

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from odoo.addons.integration_core.lib.expression import ExpressionError

from ..lib.readers import FileFormatError, read_records
from ..transports import PICKED, FolderTransport, SftpTransport, TransportError
from .integration_feed_mixin import ACCEPTED, ThrottledError

_logger = logging.getLogger(__name__)

ROOTS = "integration_file_roots"
ARCHIVE, ERROR = "archive", "error"
SUM = ".sha256"
SIZE_MAX = 64 * 1024 * 1024
# Not the file's fault: it is taken in the next time, and those after it too.
NOT_THE_FILE = (ThrottledError, TransportError, OSError, psycopg2.OperationalError)


class IntegrationFileSource(models.Model):
    """A folder, here or behind SFTP, whose files become messages."""

    _name = "integration.file.source"
    _inherit = ["integration.feed.mixin"]
    _description = "File Source"
    _order = "name"

    kind = fields.Selection(
        [("folder", "Folder of this machine"), ("sftp", "SFTP")],
        required=True,
        default="sftp",
    )
    path = fields.Char(
        string="Folder",
        required=True,
        default=".",
        tracking=True,
        help="Files are moved into its subfolders archive and error.",
    )
    host = fields.Char(tracking=True)
    port = fields.Integer(default=22)
    user = fields.Char()
    fingerprint = fields.Char(
        string="Key of the server",
        help="As 'ssh-keyscan HOST | ssh-keygen -lf -' shows it: SHA256:…",
    )
    pattern = fields.Char(required=True, default="*.csv", help="For example *.csv.")
    form = fields.Selection(
        [("csv", "CSV"), ("json", "JSON"), ("xml", "XML")],
        string="Format",
        required=True,
        default="csv",
    )
    encoding = fields.Selection(
        [("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "ISO 8859-1")],
        required=True,
        default="utf-8",
    )
    delimiter = fields.Char(default=",", size=1, required=True)
    record_path = fields.Char(
        string="Records",
        help="Where they are: a member of JSON like data.lines, or an element of XML.",
    )
    grouping = fields.Selection(
        [("record", "A message per record"), ("file", "A message per file")],
        required=True,
        default="record",
        help="Per file, the transformation gets {file, records}.",
    )
    quiet_seconds = fields.Integer(
        default=10,
        required=True,
        help="A file that was changed a moment ago may still be written to.",
    )
    needs_checksum = fields.Boolean(
        help="A file is picked up once NAME.sha256 stands beside it, and must fit it."
    )
    takes_repeats = fields.Boolean(
        string="Same file again",
        help="A file of the same name and content as one that was taken in is another "
        "one, as a daily stock may be. Else it goes to the errors: somebody sent it twice.",
    )
    pickup_ids = fields.One2many("integration.file.pickup", "source_id")

    @api.constrains("kind", "host", "fingerprint", "user")
    def _check_server(self):
        for source in self:
            if source.kind == "sftp" and not (
                source.host and source.user and source.fingerprint
            ):
                raise ValidationError(
                    self.env._(
                        "SFTP needs a host, a user and the key of the server: without "
                        "its key anybody could pretend to be it."
                    )
                )

    def _open(self):
        """Return the transport, connected.

        :raises TransportError: when the source cannot be reached or is not permitted.
        """
        if self.kind == "folder":
            setting = os.environ.get(ROOTS.upper()) or config.get(ROOTS) or ""
            roots = [root.strip() for root in setting.split(",") if root.strip()]
            return FolderTransport(self.path, roots)
        networks = self.env["integration.allowed.network"]._get_networks(
            self.system_id.environment
        )
        return SftpTransport(
            self.host,
            self.port,
            self.user,
            self._get_secret(),
            self.fingerprint,
            self.path,
            networks,
        )

    def _run(self):
        failure = None
        with self._open() as transport:
            for entry in self._pick_up(transport):
                try:
                    self._take_in(transport, entry)
                except NOT_THE_FILE:
                    raise
                except Exception as error:
                    # One file that nobody thought of keeps no other from its turn.
                    self.env.cr.rollback()
                    _logger.warning("%s: a file failed", self.display_name, exc_info=True)
                    failure = error
        if failure:
            raise failure

    def _pick_up(self, transport):
        """Yield what is ours to take in: first what a crash or a throttle left behind."""
        yield from transport.list(PICKED, "*")
        for entry in transport.list("", self.pattern):
            if self._is_ready(transport, entry) and transport.move(
                "", entry.name, PICKED, entry.name
            ):
                yield entry

    def _is_ready(self, transport, entry):
        if entry.name.endswith(SUM):
            return False
        if transport.exists(PICKED, entry.name):
            return False  # one of this name is under way
        if self.needs_checksum:
            return transport.exists("", entry.name + SUM)
        return entry.modified_at + self.quiet_seconds <= time.time()

    def _take_in(self, transport, entry):
        """Admit the records of a picked file, then put it away.

        Its messages are named after its name, time and content: taking it in again
        after a crash adds nothing.
        """
        try:
            content = self._read_checked(transport, entry)
            self._refuse_repeat(entry, content)
            events = self._prepare_events(entry, content)
        except (FileFormatError, ExpressionError) as error:
            self._put_away(transport, entry, b"", [], str(error))
            return
        answers = self._admit(events)
        refused = [
            {"record": number, **answer.body}
            for number, answer in enumerate(answers, start=1)
            if answer.status != ACCEPTED
        ]
        self._put_away(transport, entry, content, answers, refused=refused)

    def _read_checked(self, transport, entry):
        """Return a file's content, which fits its checksum where it has one."""
        if entry.size > SIZE_MAX:
            raise FileFormatError(self.env._("It is larger than %s bytes.", SIZE_MAX))
        content = transport.read_file(PICKED, entry.name)
        if transport.exists("", entry.name + SUM):
            stated = transport.read_file("", entry.name + SUM).split()
            found = hashlib.sha256(content).hexdigest()
            if not stated or stated[0].decode("ascii", "replace").lower() != found:
                raise FileFormatError(self.env._("It does not fit its checksum."))
        return content

    def _refuse_repeat(self, entry, content):
        """Keep a file from being taken in twice; one that a crash left is no repeat.

        :raises FileFormatError: naming when it was taken in.
        """
        if self.takes_repeats:
            return
        before = self.pickup_ids.search(
            [
                ("source_id", "=", self.id),
                ("name", "=", _show(entry.name)),
                ("sha256", "=", hashlib.sha256(content).hexdigest()),
                ("state", "=", "done"),
                ("message_count", ">", 0),
                ("identity", "!=", self._identify(entry, content)),
            ],
            limit=1,
        )
        if before:
            raise FileFormatError(
                self.env._(
                    "The same file was taken in on %s (UTC) already. If it is meant again, "
                    "let the source take the same file again, and put it back.",
                    before.create_date.replace(microsecond=0),
                )
            )

    def _identify(self, entry, content):
        """Return what tells a file from all others, also from its repetition."""
        name = entry.name.encode("utf-8", "surrogateescape")
        return hashlib.sha256(
            name + f"\n{entry.modified_at}\n".encode() + content
        ).hexdigest()

    def _prepare_events(self, entry, content):
        records = read_records(
            content,
            self.form,
            encoding=self.encoding,
            delimiter=self.delimiter,
            path=self.record_path or "",
        )
        if self.grouping == "file":
            records = [{"file": _show(entry.name), "records": records}]
        moment = datetime.fromtimestamp(entry.modified_at, UTC).isoformat()
        identity = self._identify(entry, content)
        return [
            self._prepare_event(record, f"{identity[:40]}-{number}", moment)
            for number, record in enumerate(records, start=1)
        ]

    def _put_away(self, transport, entry, content, answers, error=None, refused=()):
        """Move a file to the archive or to the errors, with a report; keep a record."""
        failed = bool(error or refused)
        target = ERROR if failed else ARCHIVE
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        kept = f"{moment}-{entry.name}"
        if failed:
            report = {"file": _show(entry.name), "error": error, "refused": [*refused]}
            transport.write_file(
                target, f"{kept}.report.json", json.dumps(report, indent=2).encode()
            )
        self.env["integration.file.pickup"].create(
            {
                "source_id": self.id,
                "name": _show(entry.name),
                "kept_as": f"{target}/{_show(kept)}",
                "size": entry.size,
                "sha256": hashlib.sha256(content).hexdigest() if content else False,
                "identity": self._identify(entry, content),
                "state": "failed" if failed else "done",
                "message_count": len(answers),
                "refused_count": len(refused),
                "error": error or (refused and str(refused[0].get("detail"))) or False,
            }
        )
        if failed:
            reasons = [str(answer.get("detail") or answer) for answer in refused]
            self._tell_refused([f"{_show(entry.name)}: {r}" for r in reasons or [error]])
        # Committed before the file moves: what has moved is on record.
        self.env.cr.commit()
        transport.move(PICKED, entry.name, target, kept)
        if transport.exists("", entry.name + SUM):
            transport.move("", entry.name + SUM, target, kept + SUM)

    def action_test(self):
        """Connect and count what would be picked up."""
        self.ensure_one()
        self.check_access("write")
        try:
            # Whoever may set the source up may try it.
            with self.sudo()._open() as transport:
                count = len(transport.list("", self.pattern))
        except TransportError as error:
            raise ValidationError(str(error)) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Connected; %s files fit the pattern.", count),
            },
        }


def _show(name):
    """Return a file's name as text, whichever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
