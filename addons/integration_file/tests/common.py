import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo import api
from odoo.tools import config

from odoo.addons.integration_core.shared_throttle import SharedThrottle
from odoo.addons.integration_core.tests.common import IntegrationCase

from ..models.integration_feed_mixin import KIND
from ..models.integration_file_source import ROOTS
from ..models.integration_file_taking import PICKED


@contextmanager
def fresh_allowances():
    """Forget what other tests have used up, and what this one will."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(config.options, {"data_dir": folder}),
        patch.dict(SharedThrottle._instances, clear=True),
    ):
        yield


class FeedCase(IntegrationCase):
    """A system that is fed, and a folder to feed it from."""

    def setUp(self):
        super().setUp()
        self.grant("connection.tested")
        self.contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")]
        )
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(patch.dict(config.options, {ROOTS: str(self.folder)}))

    def create_source(self, **values):
        source = self.env["integration.file.source"].create(
            {
                "name": "Drop",
                "system_id": self.system.id,
                "contract_id": self.contract.id,
                "kind": "folder",
                "path": str(self.folder),
                "quiet_seconds": 5,
                **values,
            }
        )
        self.env.flush_all()
        return source

    def allow_loopback(self):
        self.env["integration.allowed.network"].search([]).unlink()
        self.env["integration.allowed.network"].create(
            {"name": "Here", "network": "127.0.0.0/8", "environment": "test"}
        )

    def drop(self, name, content, *, age_seconds=60, folder=""):
        """Put a file into the folder, as old as said."""
        place = self.folder / folder
        place.mkdir(exist_ok=True)
        file = place / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        moment = time.time() - age_seconds
        os.utime(file, (moment, moment))
        return file

    def run_feed(self, feed):
        """Let it run, with commits that stay inside the test."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = api.Environment(cr, self.uid, {})
            env[feed._name].browse(feed.id)._run_or_note()
        self.env.invalidate_all()

    def texts(self):
        """Return the texts of the accepted messages, in their order."""
        messages = self.env["integration.message"].search(
            [("system_id", "=", self.system.id), ("admission", "=", "accepted")],
            order="id",
        )
        return [message.payload["text"] for message in messages]

    def find_told(self):
        """Return the open exceptions about sources of the system."""
        return self.env["integration.exception"].search(
            [
                ("system_id", "=", self.system.id),
                ("kind_id.code", "=", KIND),
                ("state", "=", "open"),
            ]
        )

    def names_picked(self, source):
        """Return what a source has picked up and not put away."""
        return self.names(f"{PICKED}-{source.id}")

    def names(self, folder=""):
        place = self.folder / folder
        return (
            sorted(file.name for file in place.iterdir() if file.is_file())
            if place.exists()
            else []
        )
