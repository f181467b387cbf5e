"""What is in a file of events. No I/O."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from .errors import Refusal
from .events import parse

SUFFIXES = {".json", ".ndjson", ".jsonl"}
MAX_FILE_BYTES = 64 * 1024 * 1024


@dataclass
class FileContent:
    """The events of a file.

    :param events: each with its number in the file, from 0.
    :param refusals: what is no event, by the same number.
    :param is_cut_off: the end looks as if it were still to be written.
    """

    events: list[tuple[int, Any]] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)
    is_cut_off: bool = False


def read_events(raw: bytes, name: str) -> FileContent:
    """Read a file's content.

    :param name: of the file, as the program called it: two files that begin alike hold
        different events. Its suffix tells one value from one a line.
    """
    if name.endswith(".json"):
        return _read_value(raw, name)
    return _read_lines(raw, name)


def _read_value(raw: bytes, name: str) -> FileContent:
    content = FileContent()
    try:
        value = parse(raw)
    except Refusal as refusal:
        content.refusals.append((0, refusal))
        content.is_cut_off = _is_cut_off(raw)
        return content
    running = hashlib.sha256(name.encode())
    for number, event in enumerate(value if isinstance(value, list) else [value]):
        running.update(json.dumps(event, sort_keys=True).encode() + b"\n")
        content.events.append((number, _identify(event, running, number)))
    return content


def _read_lines(raw: bytes, name: str) -> FileContent:
    content = FileContent()
    running = hashlib.sha256(name.encode())
    lines = [line for line in raw.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        # The line as such: whether its end was written already makes no difference.
        running.update(line.strip() + b"\n")
        try:
            event = parse(line)
        except Refusal as refusal:
            content.refusals.append((number, refusal))
            is_last = number == len(lines) - 1 and not raw.endswith((b"\n", b"\r"))
            content.is_cut_off = is_last and _is_cut_off(line)
            continue
        content.events.append((number, _identify(event, running, number)))
    return content


def _identify(event: Any, running: Any, number: int) -> Any:
    if not isinstance(event, dict):
        return event
    return {"id": f"{running.copy().hexdigest()[:32]}-{number}", **event}


def _is_cut_off(raw: bytes) -> bool:
    """Tell whether JSON could be right if only it went on."""
    try:
        text = raw.decode("utf-8", "ignore")
        json.loads(text)
    except json.JSONDecodeError as error:
        # A text that never ends is found at its begin, everything else at the end.
        ends = "Unterminated string" in error.msg or error.pos >= len(text.rstrip())
        return ends or text[error.pos :].strip() in _BEGINNINGS
    except (RecursionError, ValueError):
        return False
    return False


# Words and numbers of JSON that were cut off.
_BEGINNINGS = {word[:n] for word in ("true", "false", "null") for n in range(1, 5)}
_BEGINNINGS |= {"-", ".", "e", "E", "e-", "e+", "E-", "E+"}
