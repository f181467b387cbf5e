"""How fast a backlog is drained."""

import threading
from dataclasses import dataclass, field

BURST_SECONDS = 1.0


@dataclass
class Pace:
    """An allowance of messages per second, for all senders together.

    :param per_second: the most; 0: as fast as Odoo takes them.
    """

    per_second: float = 0
    _balance: float = 0
    _at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, count: int, now: float) -> float:
        """Take the allowance of a batch. Returns the seconds to wait; 0: go.

        A batch of more than a second's worth goes, and is paid off afterwards.

        :param now: seconds that never jump.
        """
        if not self.per_second:
            return 0
        with self._lock:
            most = self.per_second * BURST_SECONDS
            elapsed = BURST_SECONDS if self._at is None else now - self._at
            self._balance = min(most, self._balance + elapsed * self.per_second)
            self._at = now
            if self._balance <= 0:
                return (1 - self._balance) / self.per_second
            self._balance -= count
            return 0
