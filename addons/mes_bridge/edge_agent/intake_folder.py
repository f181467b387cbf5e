"""Files as a way in: one event, an array, or one event a line.

A program writes the file under another name (``.part``) and renames it. For those who
cannot: a file is taken once its size and its time stayed the same over some looks, and is
looked at after the move as well, for as long as somebody may still write to it.

What was taken in goes to ``done/``; what cannot be read goes to ``failed/``, with the
reason beside it and an alarm. An event without an id gets one from the file's name and
everything up to the event: read again, also after it grew, it counts once.
"""

import json
import logging
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Refusal
from .events_file import MAX_FILE_BYTES, SUFFIXES, FileContent, read_events
from .intake import Intake
from .watched_files import WatchedFiles

STEP = 500

_logger = logging.getLogger(__name__)

# Size, time of the last change, and which file it is.
Signature = tuple[int, int, int]


@dataclass
class _Look:
    """What a file looked like, since when, and how many times in a row."""

    signature: Signature
    since: float
    count: int = 1


@dataclass
class FolderIntake:
    """Takes in what appears in one folder.

    :param settled_looks: so many looks in a row have to find a file unchanged.
    :param patience_seconds: how long the missing end of a file is waited for.
    :param watch_seconds: how long a moved file may still grow.
    """

    folder: Path
    intake: Intake
    settled_looks: int = 2
    patience_seconds: float = 5.0
    watch_seconds: float = 3600.0
    taken: int = 0
    failed: int = 0
    unreadable: int = 0
    _looks: dict[Path, _Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._watched = WatchedFiles(self.intake.journal)
        with suppress(OSError):
            # Programs may come before the first look; that one tells what is wrong.
            self._make_folders()

    def scan(self) -> int:
        """Take in every file that is complete. Returns how many there were.

        :raises OSError: when the folder itself cannot be read, or made.
        """
        self._make_folders()
        faults: list[str] = []
        paths = [
            path for path in sorted(self.folder.iterdir()) if path.suffix in SUFFIXES
        ]
        watched = self._watched.get_paths(self.intake.clock.wall() - self.watch_seconds)
        present = {*watched, *paths}
        self._looks = {p: look for p, look in self._looks.items() if p in present}
        count = 0
        try:
            for path in [*watched, *paths]:
                count += self._visit(path, faults)
        except Refusal as refusal:
            # A full disk: all stay where they are, in their order, and are tried again.
            _logger.debug("Files wait: %s", refusal)
        self._report(faults)
        return count

    def get_counts(self) -> dict[str, int]:
        """Return what became of the files, for the status."""
        return {
            "taken": self.taken,
            "failed": self.failed,
            "unreadable": self.unreadable,
            "watched": len(self._watched),
        }

    def _make_folders(self) -> None:
        for name in ("done", "failed"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def _visit(self, path: Path, faults: list[str]) -> bool:
        """Look at one file; what is wrong with it keeps no other one waiting."""
        try:
            if not path.is_symlink() and path.is_file() and self._is_settled(path):
                return self._take(path)
        except FileNotFoundError:
            return False
        except (OSError, sqlite3.Error) as error:
            faults.append(f"{path.name}: {error}")
        return False

    def _is_settled(self, path: Path) -> bool:
        signature = _sign(path)
        if self._watched.is_unchanged(path, signature):
            return False
        look = self._looks.get(path)
        if look is None or look.signature != signature:
            look = _Look(signature, self.intake.clock.monotonic(), 0)
            self._looks[path] = look
        look.count += 1
        return look.count >= self.settled_looks

    def _take(self, path: Path) -> bool:
        """Take a file in and move it.

        :raises Refusal: when there is no room; it is tried again as a whole.
        """
        look = self._looks[path]
        name = self._watched.get_name(path)
        try:
            content = _read(path, name)
        except Refusal as refusal:
            content = FileContent([], [(0, refusal)])
        waited = self.intake.clock.monotonic() - look.since
        if content.is_cut_off and waited < self.patience_seconds:
            return False
        refusals = content.refusals + self._take_events(content)
        self._move(path, name, look.signature, refusals)
        self._looks.pop(path, None)
        return True

    def _take_events(self, content: FileContent) -> list[tuple[int, Refusal]]:
        refusals: list[tuple[int, Refusal]] = []
        for begin in range(0, len(content.events), STEP):
            part = content.events[begin : begin + STEP]
            results = self.intake.take([event for _number, event in part])
            refusals += [
                (number, result)
                for (number, _event), result in zip(part, results, strict=True)
                if isinstance(result, Refusal)
            ]
        return refusals

    def _move(
        self,
        path: Path,
        name: str,
        signature: Signature,
        refusals: list[tuple[int, Refusal]],
    ) -> None:
        folder = self.folder / ("failed" if refusals else "done")
        target = path if path.parent == folder else _find_free(folder / name)
        # On record before the move: what is written later is found after a restart too.
        self._watched.add(target, name, signature, self.intake.clock.wall())
        if target != path:
            path.rename(target)
            self._watched.forget(path)
            _get_problem_file(path).unlink(missing_ok=True)
        if refusals:
            self._explain(target, refusals)
        else:
            self.taken += path.parent == self.folder

    def _explain(self, target: Path, refusals: list[tuple[int, Refusal]]) -> None:
        refusals = sorted(refusals, key=lambda pair: pair[0])
        problems = [{"event": i, **refusal.as_dict()} for i, refusal in refusals]
        reason = _get_problem_file(target)
        reason.write_text(json.dumps(problems, ensure_ascii=False, indent=1))
        _logger.warning(
            "%s: %d events were refused, see %s", target, len(problems), reason
        )

    def _report(self, faults: list[str]) -> None:
        """Tell people what they have to look at."""
        alarms, failed = self.intake.alarms, self.folder / "failed"
        self.unreadable = len(faults)
        names = sorted(
            file.name for file in failed.iterdir() if file.suffix in SUFFIXES
        )
        self.failed = len(names)
        for kind, texts, sentence in (
            ("files-unreadable", faults, "cannot be read or moved"),
            ("files-failed", names, f"could not be taken in, see {failed}"),
        ):
            if texts:
                listed = "; ".join(texts[:5])
                alarms.set(kind, f"{len(texts)} files {sentence}: {listed}")
            else:
                alarms.clear(kind)


def _read(path: Path, name: str) -> FileContent:
    if path.stat().st_size > MAX_FILE_BYTES:
        detail = f"A file has {MAX_FILE_BYTES} bytes at most."
        raise Refusal(413, "file-too-large", detail)
    return read_events(path.read_bytes(), name)


def _sign(path: Path) -> Signature:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _get_problem_file(path: Path) -> Path:
    return path.with_name(path.name + ".problem")


def _find_free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
    return free
