"""Pasted samples, as a spreadsheet or a historian gives them."""

import re
from datetime import UTC, datetime

_SEPARATOR = re.compile(r"\s*[;\t]\s*|\s*,\s+|,")


class SampleError(ValueError):
    """What was pasted cannot be read; the text says where and what to do."""


def read_samples(text: str, most: int) -> list[tuple[float, float]]:
    """Read one sample a line: a moment and a number.

    A moment is a number of seconds, or a date and time (ISO 8601; without a zone: UTC). A
    first line that is no sample is taken for a heading. A decimal comma is understood where
    the separator is another one.

    :param most: how many samples are taken.
    :returns: ``(seconds since 1970, value)`` in the order of the lines.
    :raises SampleError: naming the line.
    """
    samples: list[tuple[float, float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            samples.append(_read_line(line))
        except ValueError as error:
            if number == 1:
                continue
            raise SampleError(
                f"Line {number}: a moment and a number are needed, such as "
                f"2026-03-02 06:15:00; 180.5. It reads: {line[:80]}"
            ) from error
        if len(samples) > most:
            raise SampleError(f"{most} samples at most can be tried at a time.")
    if not samples:
        raise SampleError("Paste at least one line with a moment and a number.")
    return samples


def _read_line(line: str) -> tuple[float, float]:
    parts = _SEPARATOR.split(line.strip().strip(";,"))
    if len(parts) == 3 and ";" not in line and "\t" not in line:
        # 2026-03-02 06:15:00,180,5
        parts = [parts[0], f"{parts[1]}.{parts[2]}"]
    if len(parts) != 2:
        raise ValueError(line)
    return _read_moment(parts[0]), float(parts[1].replace(",", "."))


def _read_moment(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
