import os

import paramiko

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from ..transports import FolderTransport, SftpTransport, TransportError

ROOTS = "integration_file_roots"
# Whatever a far side does while it is only tried.
UNREACHABLE = (TransportError, OSError, EOFError, paramiko.SSHException)


class IntegrationFileSource(models.Model):
    """A folder, here or behind SFTP, whose files become messages.

    What becomes of a file is in ``integration_file_taking.py``.
    """

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

    def action_test(self):
        """Connect and count what would be picked up."""
        self.ensure_one()
        self.check_access("write")
        try:
            # Whoever may set the source up may try it.
            with self.sudo()._open() as transport:
                count = len(transport.list("", self.pattern))
        except UNREACHABLE as error:
            raise ValidationError(str(error) or type(error).__name__) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Connected; %s files fit the pattern.", count),
            },
        }

