"""What a worker is working on, kept where its death leaves it.

A killed process cannot say which message killed it, and asking the database before
each message would cost as much as the message. A file that is mapped into memory is
written in a microsecond, and the kernel keeps it when the process is gone.
"""

import mmap
import os
import struct
from contextlib import suppress

from odoo.tools import config

NUMBER = struct.Struct("q")
# Instead of a delivery: the work of a whole batch is being written, whose it is unknown.
WHOLE_BATCH = -1
FOLDER = "integration_workers"


class WorkMarker:
    """The marker of one worker; a context manager that removes it in the end."""

    def __init__(self, dbname, worker):
        self.path = _path(dbname, worker)
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(handle, NUMBER.size)
            self._memory = mmap.mmap(handle, NUMBER.size)
        finally:
            os.close(handle)

    def set(self, delivery_id):
        """Say which delivery is handled now; 0 for none, or ``WHOLE_BATCH``."""
        NUMBER.pack_into(self._memory, 0, delivery_id)

    def close(self):
        """End without having died."""
        self._memory.close()
        _remove(self.path)


def take_marker(dbname, worker):
    """Return what a dead worker was working on, once; 0 when nobody knows.

    Workers of other hosts leave their markers there: nothing is said of them here.
    """
    path = _path(dbname, worker)
    try:
        with open(path, "rb") as file:
            content = file.read(NUMBER.size)
    except OSError:
        return 0
    _remove(path)
    return NUMBER.unpack(content)[0] if len(content) == NUMBER.size else 0


def _path(dbname, worker):
    return os.path.join(config["data_dir"], FOLDER, dbname, str(int(worker)))


def _remove(path):
    with suppress(OSError):
        os.unlink(path)
