"""The time, as Odoo's server sees it.

A plant's computer may be hours off, and may be set right at any moment. The server's
``Date`` header tells the offset; a step of the own clock shows against the monotonic
one. What is signed and stamped uses the server's time once it is known.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

# The Date header counts whole seconds: what is less off is right.
TOLERANCE_SECONDS = 2.0


def since_boot() -> float:
    """Return seconds that never jump and go on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass
class Clock:
    """The own clock, and how far it is off.

    ``steps`` counts its jumps, ``last_step_seconds`` is how far the last one went.

    :param wall: seconds since 1970, may jump; :param monotonic: never does.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = since_boot
    offset_seconds: float | None = None
    steps: int = 0
    last_step_seconds: float = 0.0
    _anchor: tuple[float, float] | None = None
    _beat: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.find_step()

    def now(self) -> float:
        """Return the seconds since 1970 by the server's clock, or by the own one."""
        anchor = self._anchor
        if anchor is None:
            return self.wall()
        server, at = anchor
        return server + self.monotonic() - at

    def stamp(self) -> str:
        """Return the present as RFC 3339."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def observe(self, server_seconds: float, round_trip_seconds: float) -> float | None:
        """Take note of a ``Date`` header that has just arrived.

        :returns: the new offset when it is another one than before, else None.
        """
        self.find_step()
        with self._lock:
            server = server_seconds + 0.5 + round_trip_seconds / 2
            offset = server - self.wall()
            before = self.offset_seconds
            if before is not None and abs(offset - before) <= TOLERANCE_SECONDS:
                return None
            self.offset_seconds = offset
            # From here on by the clock that never jumps.
            right = abs(offset) <= TOLERANCE_SECONDS
            self._anchor = (self.wall() if right else server, self.monotonic())
            return offset

    def find_step(self) -> bool:
        """Look whether the own clock jumped since the last look."""
        with self._lock:
            beat = self.wall() - self.monotonic()
            before, self._beat = self._beat, beat
            if before is None or abs(beat - before) <= TOLERANCE_SECONDS:
                return False
            self.steps += 1
            self.last_step_seconds = beat - before
            # What was anchored goes on as it did: it is the offset that moved.
            if self.offset_seconds is not None:
                self.offset_seconds -= beat - before
            return True
