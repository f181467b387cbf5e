"""Files as a way in: one event, an array, or one event a line.

A program writes the file under another name (``.part``) and renames it. What was taken
in goes to ``done/``; what cannot be read goes to ``failed/``, with the reason beside it.
An event without an id gets one from the file's content: a file that is read twice,
because the agent died between the journal and the move, counts once.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from .errors import Refusal
from .events import parse
from .intake import Intake

SUFFIXES = {".json", ".ndjson", ".jsonl"}
MAX_FILE_BYTES = 64 * 1024 * 1024
# A file that still grows is left alone: whoever cannot rename gives it this long.
SETTLED_SECONDS = 1.0
STEP = 500

_logger = logging.getLogger(__name__)


class FolderIntake:
    """Takes in what appears in one folder."""

    def __init__(self, folder: Path, intake: Intake) -> None:
        self.folder = folder
        self._intake = intake
        for name in ("done", "failed"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def scan(self, now: float) -> int:
        """Take in every file that is complete. Returns how many there were.

        :param now: seconds since 1970 by the own clock, as files are stamped.
        """
        files = [
            file
            for file in sorted(self.folder.iterdir())
            if file.suffix in SUFFIXES and file.is_file() and not file.is_symlink()
        ]
        return sum(self._take(file) for file in files if _is_settled(file, now))

    def _take(self, file: Path) -> bool:
        try:
            events = self._read(file)
            refusals = self._take_events(events)
        except Refusal as refusal:
            if refusal.retry_after_seconds is not None:
                # A full disk: the file stays where it is and is tried again.
                return False
            refusals = [(0, refusal)]
        if refusals:
            self._fail(file, refusals)
        else:
            _move(file, self.folder / "done")
        return True

    def _read(self, file: Path) -> list[Any]:
        if file.stat().st_size > MAX_FILE_BYTES:
            detail = f"A file has {MAX_FILE_BYTES} bytes at most."
            raise Refusal(413, "file-too-large", detail)
        raw = file.read_bytes()
        if file.suffix == ".json":
            value = parse(raw)
            events = value if isinstance(value, list) else [value]
        else:
            events = [parse(line) for line in raw.splitlines() if line.strip()]
        digest = hashlib.sha256(raw).hexdigest()[:32]
        return [
            {"id": f"{digest}-{index}", **event} if isinstance(event, dict) else event
            for index, event in enumerate(events)
        ]

    def _take_events(self, events: list[Any]) -> list[tuple[int, Refusal]]:
        refusals: list[tuple[int, Refusal]] = []
        for begin in range(0, len(events), STEP):
            results = self._intake.take(events[begin : begin + STEP])
            refusals += [
                (begin + index, result)
                for index, result in enumerate(results)
                if isinstance(result, Refusal)
            ]
        return refusals

    def _fail(self, file: Path, refusals: list[tuple[int, Refusal]]) -> None:
        problems = [{"event": i, **refusal.as_dict()} for i, refusal in refusals]
        target = _move(file, self.folder / "failed")
        reason = target.with_name(target.name + ".problem")
        reason.write_text(json.dumps(problems, ensure_ascii=False, indent=1))
        _logger.warning("%s: %d events were refused, see %s", file, len(problems), reason)


def _is_settled(file: Path, now: float) -> bool:
    try:
        age = now - file.stat().st_mtime
    except FileNotFoundError:
        return False
    # A file of the future was stamped before the clock was set right.
    return not -SETTLED_SECONDS < age < SETTLED_SECONDS


def _move(file: Path, folder: Path) -> Path:
    target = folder / file.name
    number = 1
    while target.exists():
        target = folder / f"{file.stem}-{number}{file.suffix}"
        number += 1
    return file.rename(target)
