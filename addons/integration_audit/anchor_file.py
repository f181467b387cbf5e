"""The files that anchor the seals of a database, one per ledger.

| class | responsibility |
|---|---|
| `AnchorFile` | appends lines for good, reads them back, finds the last one quickly |

A line counts once its end is on the disk: what a crash tore off is cut away by the next
append, and written again.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .lib.anchor import Anchored, read_line, write_line

BLOCK_BYTES = 64 * 1024


class AnchorFile:
    """One ledger's file.

    :param path: its folder is made when the first line is written.
    """

    def __init__(self, path: Path):
        self.path = path

    def exists(self) -> bool:
        return self.path.exists()

    def append(self, lines: Iterable[Anchored]) -> None:
        """Write lines; they are on the disk when this returns.

        :raises OSError: when the folder cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.seek(self._find_end(file))
            file.truncate()
            for line in lines:
                file.write(write_line(line))
            file.flush()
            os.fsync(file.fileno())

    def read_all(self) -> Iterator[Anchored | None]:
        """Return every line in turn, None for one that cannot be read."""
        if not self.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield read_line(line)

    def read_last(self) -> Anchored | None:
        """Return the newest line, without reading the others."""
        if not self.exists():
            return None
        with self.path.open("rb") as file:
            end = self._find_end(file)
            start = self._find_break(file, end - 1)
            file.seek(start)
            return read_line(file.read(end - start))

    def _find_end(self, file) -> int:
        """Return the position behind the last line that is whole."""
        return self._find_break(file, file.seek(0, os.SEEK_END))

    def _find_break(self, file, before: int) -> int:
        """Return the position behind the last line break before a position, or 0."""
        while before > 0:
            start = max(0, before - BLOCK_BYTES)
            file.seek(start)
            at = file.read(before - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            before = start
        return 0
