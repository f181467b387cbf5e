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
# The owner's number, and its theoretical arrival time.
SLOT = struct.Struct("qd")
# An owner whose place is taken has the next free one of so many.
PROBES = 16
PAIR_BITS = 31
# What is further ahead than the largest cost explains is garbage, or the clock was set
# back.
COST_MAX = 10_000
SLACK_SECONDS = 3600
ABANDONED_SECONDS = 30 * 24 * 3600


class SharedThrottle:
    """Theoretical arrival times, one slot per system, credential, flow or endpoint.

    Ids that share a place do not share an allowance: a slot names its owner, and one
    that is not in use any more is given to the next.
    """

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

    def take(self, kind, number, *, per_minute, burst, cost=1, paid=0):
        """Take from an allowance. Returns the seconds to wait, 0 when it may.

        :param kind: one of ``KINDS``; ``number``: the id of the record that is limited,
            or what ``pair`` makes of two.
        :param paid: see ``lib.throttle.decide``.
        """
        furthest = 60 / per_minute * max(burst, cost, COST_MAX) + SLACK_SECONDS
        with self._threads:
            # Freed by the kernel when the process dies.
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                now = time.time()
                offset, arrival = self._find(KINDS.index(kind), number, now)
                if not 0 <= arrival <= now + furthest:
                    arrival = 0.0
                verdict = decide(
                    arrival,
                    now,
                    per_minute=per_minute,
                    burst=burst,
                    cost=cost,
                    paid=paid,
                )
                SLOT.pack_into(self._memory, offset, number, verdict.arrival)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return verdict.retry_after_seconds

    def _find(self, kind, number, now):
        """Return ``(offset, arrival)`` of an owner's slot, a free one for a new owner."""
        home = number + 31 * (number >> PAIR_BITS)
        free = None
        for probe in range(PROBES):
            offset = (kind * SLOTS + (home + probe) % SLOTS) * SLOT.size
            owner, arrival = SLOT.unpack_from(self._memory, offset)
            if owner == number:
                return offset, arrival
            if free is None and not now < arrival < now + ABANDONED_SECONDS:
                free = offset
        if free is None:
            # All of them are busy: two owners share an allowance for a while.
            free = (kind * SLOTS + home % SLOTS) * SLOT.size
        return free, 0.0


def pair(first, second):
    """Return one number for two ids, of a policy and a system."""
    return first << PAIR_BITS | second
