"""Work of lower tiers makes room for messages of tier 1, on the host they share.

Each lane has workers of its own, but all of them share the host's processors: beside a
backlog of tier 3 a message of tier 1 would take half as long again. A moment in memory,
mapped by all processes, says until when the way is taken. Reading it takes less than a
microsecond, so a worker of a lower tier looks after each of its SQL statements.
"""

import mmap
import os
import struct
import threading
import time
from contextlib import contextmanager

from odoo.tools import config

MOMENT = struct.Struct("d")
FREE = 0.0
# Nobody waits longer for one that never says it is through. A handler may also wait for a
# row that the one who makes room has locked.
LONGEST_SECONDS = 0.02
# Out of five parts of its time a worker gives away one, however much is urgent.
KEPT_FOR_EACH_GIVEN = 4
LOOK_SECONDS = 0.0005


class RightOfWay:
    """This process's view of the host's one right of way."""

    _instance = None

    def __init__(self):
        os.makedirs(config["data_dir"], mode=0o700, exist_ok=True)
        path = os.path.join(config["data_dir"], "integration_right_of_way")
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(file, MOMENT.size)
            self._memory = mmap.mmap(file, MOMENT.size)
        finally:
            os.close(file)
        self._kept_until = 0.0

    @classmethod
    def of_host(cls):
        """Return the process's only one; children go on using their parent's memory."""
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    def take(self):
        """Say that a message of tier 1 is under way."""
        MOMENT.pack_into(self._memory, 0, time.monotonic() + LONGEST_SECONDS)

    def leave(self):
        """Say that it is through."""
        MOMENT.pack_into(self._memory, 0, FREE)

    def give(self):
        """Wait while the way is taken, but no longer than is fair."""
        if self._taken_until() == FREE:
            return
        begin = now = time.monotonic()
        if begin < self._kept_until:
            return
        while now - begin < LONGEST_SECONDS and self._is_taken(now):
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
        self._kept_until = now + KEPT_FOR_EACH_GIVEN * (now - begin)

    @contextmanager
    def giving(self):
        """Within it this thread makes room after each of its SQL statements."""
        hooks = vars(threading.current_thread()).setdefault("query_hooks", [])
        hooks.append(self._after_statement)
        try:
            yield
        finally:
            hooks.remove(self._after_statement)

    def _after_statement(self, *_statement):
        self.give()

    def _is_taken(self, now):
        # What lies far ahead was written before the host was started anew.
        return now < self._taken_until() < now + 2 * LONGEST_SECONDS

    def _taken_until(self):
        return MOMENT.unpack_from(self._memory, 0)[0]
