"""Allowances that hold for all worker processes of a machine together.

A row in the database that every request updates would be the hottest row of all; a
small file that the processes map into memory costs microseconds.
"""

import fcntl
import mmap
import os
import struct
import threading
import time

from odoo.tools import config

from .lib.throttle import decide

# Who has an allowance: each kind has slots of its own.
KINDS = ("system", "credential", "flow", "endpoint")
SLOTS = 4096
SLOT = struct.Struct("d")


class SharedThrottle:
    """Theoretical arrival times, one slot per system, credential, flow or endpoint."""

    _instances = {}

    def __init__(self, dbname):
        folder = os.path.join(config["data_dir"], "integration_throttle")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._file = os.open(
            os.path.join(folder, dbname), os.O_RDWR | os.O_CREAT, 0o600
        )
        size = len(KINDS) * SLOTS * SLOT.size
        os.ftruncate(self._file, size)
        self._memory = mmap.mmap(self._file, size)
        self._threads = threading.Lock()

    @classmethod
    def of(cls, dbname):
        """Return this process's view; a fork needs a file handle of its own to lock."""
        key = (os.getpid(), dbname)
        if key not in cls._instances:
            cls._instances[key] = cls(dbname)
        return cls._instances[key]

    def take(self, kind, number, *, per_minute, burst, cost=1):
        """Take from an allowance. Returns the seconds to wait, 0 when it may.

        :param kind: one of ``KINDS``; ``number``: the id of the record that is limited.
        """
        offset = (KINDS.index(kind) * SLOTS + number % SLOTS) * SLOT.size
        with self._threads:
            # Freed by the kernel when the process dies.
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                now = time.time()
                (arrival,) = SLOT.unpack_from(self._memory, offset)
                if not 0 <= arrival <= now + 3600:
                    arrival = 0.0  # the clock was set back, or the slot is garbage
                verdict = decide(
                    arrival, now, per_minute=per_minute, burst=burst, cost=cost
                )
                SLOT.pack_into(self._memory, offset, verdict.arrival)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return verdict.retry_after_seconds
