"""Patterns of EPC URNs as patterns of SQL (EPC Tag Data Standard 2.0 section 8)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from .identifiers import ROOT, escape_link

_PATTERN = re.compile(
    r"urn:epc:idpat:(?P<scheme>[a-z]+):(?P<prefix>\d{6,12}|\*)\.(?P<rest>.+)"
)


@dataclass(frozen=True)
class _Key:
    """How a Digital Link writes a key.

    :param lead: what stands before it; ``digits``: its length, the check digit included.
    :param indicator: whether the first digit of the reference stands before the prefix.
    :param serial: what stands before a serial number, or None where there is none.
    """

    lead: str
    digits: int
    indicator: bool = False
    serial: str | None = None


_KEYS = {
    "sgtin": _Key("01/", 14, indicator=True, serial="/21/"),
    "sscc": _Key("00/", 18, indicator=True),
    "sgln": _Key("414/", 13, serial="/254/"),
    "pgln": _Key("417/", 13),
    "grai": _Key("8003/0", 13, serial=""),
    "gdti": _Key("253/", 13, serial=""),
    "gsrn": _Key("8018/", 18),
    "gsrnp": _Key("8017/", 18),
}


def pattern_to_like(pattern: str) -> str | None:
    """Return SQL's LIKE for the Digital Links an EPC pattern matches.

    :returns: None when it is no such pattern.
    """
    match = _PATTERN.fullmatch(pattern)
    if not match:
        return None
    prefix = "" if match["prefix"] == "*" else match["prefix"]
    reference, dot, serial = match["rest"].partition(".")
    if match["scheme"] == "giai":
        return f"{ROOT}/8004/{prefix}%" if match["rest"] == "*" else None
    key = _KEYS.get(match["scheme"])
    if not key or bool(dot) != (key.serial is not None):
        return None
    digits = _write_digits(key, prefix, reference)
    tail = _write_serial(key, serial)
    if digits is None or tail is None:
        return None
    return f"{ROOT}/{key.lead}{digits}{tail}"


def _write_digits(key: _Key, prefix: str, reference: str) -> str | None:
    """Return the digits of a key, ``_`` for any."""
    if reference == "*":
        lead = "_" if key.indicator else ""
        return f"{lead}{prefix}".ljust(key.digits, "_")
    if not prefix or not reference.isdigit():
        return None
    lead, reference = (
        (reference[0], reference[1:]) if key.indicator else ("", reference)
    )
    digits = f"{lead}{prefix}{reference}_"
    return digits if len(digits) == key.digits else None


def _write_serial(key: _Key, serial: str) -> str | None:
    if key.serial is None:
        return ""
    if serial == "*":
        # A location without an extension is its extension 0.
        return "%" if key.serial == "/254/" else f"{key.serial}%"
    if not serial or "*" in serial:
        return None
    if key.serial == "/254/" and serial == "0":
        return ""
    return f"{key.serial}{escape_like(escape_link(unquote(serial)))}"


def escape_like(text: str) -> str:
    """Escape what LIKE would read as a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", text)
