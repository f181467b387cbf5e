"""Room on the disk, and a reserve of it for what makes room."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

# A free disk is not asked for every event.
CHECK_EVERY = 64


class Reserve:
    """A file that is given up when the disk is full.

    To let go of a delivered message the journal has to write; on a full disk it could
    not, and would stay full for ever.
    """

    def __init__(self, file: Path, size: int) -> None:
        self.file = file
        self.size = size
        self.releases = 0
        self._calls = 0
        self._has_room = True

    def fill(self) -> None:
        """Take the room, unless there is too little."""
        if self.size == 0 or (
            self.file.exists() and self.file.stat().st_size == self.size
        ):
            return
        if free_bytes(self.file.parent) < self.size + self.size // 4:
            return
        with contextlib.suppress(OSError), self.file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.size)

    def is_needed(self) -> bool:
        """Tell whether there may be too little room for a small transaction."""
        return self.file.exists() and free_bytes(self.file.parent) < self.size

    def release(self) -> None:
        """Give the room back."""
        self.file.unlink(missing_ok=True)
        self.releases += 1

    def has_room(self, needed: int, get_inner_bytes: Callable[[], int]) -> bool:
        """Tell whether events may be taken in; asks the disk now and then.

        :param get_inner_bytes: returns what is free inside the journal's own file.
        """
        self._calls += 1
        if self._calls % CHECK_EVERY == 1 or not self._has_room:
            free = free_bytes(self.file.parent) + get_inner_bytes()
            self._has_room = free >= needed
            if self._has_room:
                self.fill()
        return self._has_room


def free_bytes(folder: Path) -> int:
    """Return the room that is left for this user."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize
