"""Files that were moved and may still grow: whoever has one open writes on in it."""

import json
from pathlib import Path

from .journal import Journal
from .journal_schema import write_values

PREFIX = "file:"
# Beyond it the oldest are not looked at any more.
WATCHED_MAX = 1000

# The name a file had, its signature when it was read, when that was.
Entry = tuple[str, tuple[int, ...], float]


class WatchedFiles:
    """What was read of moved files; kept in the journal, for after a restart."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        rows = journal.query(
            "SELECT name, value FROM meta WHERE name GLOB ?", PREFIX + "*"
        )
        self._files: dict[str, Entry] = {}
        for path, value in rows:
            name, signature, at = json.loads(value)
            self._files[path.removeprefix(PREFIX)] = (name, tuple(signature), at)

    def __len__(self) -> int:
        return len(self._files)

    def get_paths(self, since: float) -> list[Path]:
        """Return the files that may grow; those read before a moment do no more."""
        newest = sorted(self._files, key=lambda path: self._files[path][2])
        kept = {path for path in newest[-WATCHED_MAX:] if self._files[path][2] >= since}
        self._forget(set(self._files) - kept)
        return [Path(path) for path in self._files]

    def get_name(self, path: Path) -> str:
        """Return the name under which a file came."""
        entry = self._files.get(str(path))
        return entry[0] if entry else path.name

    def is_unchanged(self, path: Path, signature: tuple[int, ...]) -> bool:
        """Tell whether a moved file is what it was when it was read."""
        entry = self._files.get(str(path))
        return entry is not None and entry[1] == signature

    def add(self, path: Path, name: str, signature: tuple[int, ...], at: float) -> None:
        """Watch a file.

        :param signature: as it was before it was read.
        :raises sqlite3.Error: when the disk fails.
        """
        with self._journal.transaction() as cursor:
            entry = json.dumps((name, signature, at))
            write_values(cursor, {f"{PREFIX}{path}": entry})
        self._files[str(path)] = (name, signature, at)

    def forget(self, path: Path) -> None:
        """Watch a file no longer.

        :raises sqlite3.Error: when the disk fails.
        """
        self._forget({str(path)} & set(self._files))

    def _forget(self, paths: set[str]) -> None:
        if not paths:
            return
        with self._journal.transaction() as cursor:
            write_values(cursor, {PREFIX + path: None for path in paths})
        for path in paths:
            del self._files[path]
