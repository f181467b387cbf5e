"""What a person has to know."""

import logging
import threading
import time
from dataclasses import dataclass, field

_logger = logging.getLogger(__name__)


@dataclass
class Alarms:
    """Open alarms by kind; each is logged when it begins and when it ends."""

    _open: dict[str, tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def set(self, kind: str, text: str) -> None:
        """Begin an alarm, or say it in other words."""
        with self._lock:
            since, before = self._open.get(kind, (time.time(), None))
            self._open[kind] = (since, text)
        if before is None:
            _logger.warning("Alarm, %s: %s", kind, text)

    def clear(self, kind: str) -> None:
        """End an alarm, if there is one."""
        with self._lock:
            ended = self._open.pop(kind, None)
        if ended:
            _logger.info("No longer, %s: %s", kind, ended[1])

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return what is open, with the moment at which it began."""
        with self._lock:
            return {
                kind: {"since": since, "text": text}
                for kind, (since, text) in sorted(self._open.items())
            }
