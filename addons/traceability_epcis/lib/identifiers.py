"""GS1 identifiers, written as EPC URN or as GS1 Digital Link, and from one to the other.

Sources: EPC Tag Data Standard 2.0 section 6 and 8; GS1 Digital Link URI Syntax 1.4. The
canonical form is the Digital Link at id.gs1.org with the finest key only: two ways to
write one thing then compare as equal.

From URN to Digital Link nothing else is needed. The way back needs the length of the
company prefix, which a Digital Link does not say: see `urn.find_prefix_length`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

ROOT = "https://id.gs1.org"
GTIN_DIGITS = 14
# GLN, GRAI, GDTI … begin with thirteen digits, the last of them checks the others.
KEY_DIGITS = 13
# GS1 Digital Link section 4.3: names once allowed in place of application identifiers.
SHORT_NAMES = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
PRIMARY_KEYS = frozenset({"00", "01", *SHORT_NAMES.values()} - {"22", "10", "21"})
# Keys of so many digits and nothing more; of those below, the digits they begin with.
FIXED_DIGITS = {"00": 18, "402": 17, "414": 13, "417": 13, "8006": 18, "8017": 18, "8018": 18}
LEADING_DIGITS = {"253": KEY_DIGITS, "255": KEY_DIGITS, "8003": GTIN_DIGITS}
PREFIX_DIGITS = 4  # what every company prefix has
# Key → qualifiers that make it finer, the finest first.
QUALIFIERS = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}


@dataclass(frozen=True)
class TradeItem:
    """A GTIN, with a lot or a serial number where there is one."""

    gtin: str
    lot: str | None = None
    serial: str | None = None


def check_digit(digits: str) -> str:
    """Return the check digit of a key without it; GS1 General Specifications 7.9.1."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def is_gtin(text: str) -> bool:
    """Return whether a text is a GTIN-8, -12, -13 or -14 with its check digit."""
    return (
        text.isascii()
        and text.isdigit()
        and len(text) in (8, 12, 13, 14)
        and check_digit(text[:-1]) == text[-1]
    )


def canonical(uri: str) -> str:
    """Return the canonical Digital Link of an identifier, or the URI as it is."""
    return _from_urn(uri) or _from_link(uri) or uri


def read_trade_item(uri: str) -> TradeItem | None:
    """Return the GTIN, lot and serial that a URI names, or None."""
    parts = canonical(uri).removeprefix(ROOT).split("/")[1:]
    if len(parts) < 2 or parts[0] != "01":
        return None
    values = dict(zip(parts[::2], map(unquote, parts[1::2]), strict=False))
    return TradeItem(values["01"], values.get("10"), values.get("21"))


def link_of(item: TradeItem) -> str:
    """Return the Digital Link of a trade item."""
    link = f"{ROOT}/01/{item.gtin.zfill(GTIN_DIGITS)}"
    if item.serial is not None:
        return f"{link}/21/{escape_link(item.serial)}"
    if item.lot is not None:
        return f"{link}/10/{escape_link(item.lot)}"
    return link


def escape_link(text: str) -> str:
    """Return a text as part of a Digital Link."""
    return quote(text, safe="';=")


# From URN ----------------------------------------------------------------------------

_URN = re.compile(
    r"urn:epc:(?P<kind>id|class|idpat):(?P<scheme>[a-z]+):(?P<prefix>\d{6,12})\.(?P<rest>.+)"
)


def _from_urn(uri: str) -> str | None:
    match = _URN.fullmatch(uri)
    if not match:
        return None
    reader = _READERS.get((match["kind"], match["scheme"]))
    path = reader(match["prefix"], match["rest"]) if reader else None
    return f"{ROOT}/{path}" if path else None


def _gtin(prefix: str, item: str) -> str | None:
    """Return a GTIN of a prefix and an item reference that begins with the indicator."""
    if len(prefix) + len(item) != KEY_DIGITS or not item.isdigit():
        return None
    digits = item[0] + prefix + item[1:]
    return digits + check_digit(digits)


def _key(prefix: str, reference: str, length: int = KEY_DIGITS - 1) -> str | None:
    digits = prefix + reference
    if len(digits) != length or not digits.isdigit():
        return None
    return digits + check_digit(digits)


def _trade_item(qualifier: str) -> Callable[[str, str], str | None]:
    def read(prefix: str, rest: str) -> str | None:
        item, _, value = rest.partition(".")
        gtin = _gtin(prefix, item)
        if not gtin or not value:
            return None
        return f"01/{gtin}/{qualifier}/{escape_link(unquote(value))}"

    return read


def _item_pattern(prefix: str, rest: str) -> str | None:
    item, _, value = rest.partition(".")
    gtin = _gtin(prefix, item)
    return f"01/{gtin}" if gtin and value == "*" else None


def _sscc(prefix: str, rest: str) -> str | None:
    if len(prefix) + len(rest) != 17 or not rest.isdigit():
        return None
    digits = rest[0] + prefix + rest[1:]
    return f"00/{digits}{check_digit(digits)}"


def _sgln(prefix: str, rest: str) -> str | None:
    reference, _, extension = rest.partition(".")
    gln = _key(prefix, reference)
    if not gln:
        return None
    if extension in ("", "0"):
        return f"414/{gln}"
    return f"414/{gln}/254/{escape_link(unquote(extension))}"


def _pgln(prefix: str, rest: str) -> str | None:
    gln = _key(prefix, rest)
    return f"417/{gln}" if gln else None


def _with_serial(identifier: str, lead: str = "") -> Callable[[str, str], str | None]:
    """A thirteen-digit key with the serial right behind it: GRAI, GDTI, SGCN."""

    def read(prefix: str, rest: str) -> str | None:
        reference, _, serial = rest.partition(".")
        key = _key(prefix, reference)
        if not key:
            return None
        serial = "" if serial == "*" else escape_link(unquote(serial))
        return f"{identifier}/{lead}{key}{serial}"

    return read


def _free(identifier: str) -> Callable[[str, str], str | None]:
    """A prefix with a free text behind it: GIAI, GINC."""
    return lambda prefix, rest: f"{identifier}/{prefix}{escape_link(unquote(rest))}"


def _long_key(identifier: str, length: int) -> Callable[[str, str], str | None]:
    def read(prefix: str, rest: str) -> str | None:
        key = _key(prefix, rest, length)
        return f"{identifier}/{key}" if key else None

    return read


def _cpi(prefix: str, rest: str) -> str | None:
    reference, _, serial = rest.rpartition(".")
    part = f"8010/{prefix}{escape_link(unquote(reference))}"
    return part if serial == "*" else f"{part}/8011/{serial}"


def _itip(prefix: str, rest: str) -> str | None:
    item, piece, total, serial = [*rest.split(".", 3), "", "", ""][:4]
    gtin = _gtin(prefix, item)
    if not gtin or len(piece + total) != 4:
        return None
    part = f"8006/{gtin}{piece}{total}"
    return part if serial == "*" else f"{part}/21/{escape_link(unquote(serial))}"


_READERS: dict[tuple[str, str], Callable[[str, str], str | None]] = {
    ("id", "sgtin"): _trade_item("21"),
    ("id", "upui"): _trade_item("235"),
    ("class", "lgtin"): _trade_item("10"),
    ("idpat", "sgtin"): _item_pattern,
    ("idpat", "upui"): _item_pattern,
    ("id", "sscc"): _sscc,
    ("id", "sgln"): _sgln,
    ("id", "pgln"): _pgln,
    ("id", "grai"): _with_serial("8003", "0"),
    ("idpat", "grai"): _with_serial("8003", "0"),
    ("id", "gdti"): _with_serial("253"),
    ("idpat", "gdti"): _with_serial("253"),
    ("id", "sgcn"): _with_serial("255"),
    ("idpat", "sgcn"): _with_serial("255"),
    ("id", "giai"): _free("8004"),
    ("id", "ginc"): _free("401"),
    ("id", "gsrn"): _long_key("8018", 17),
    ("id", "gsrnp"): _long_key("8017", 17),
    ("id", "gsin"): _long_key("402", 16),
    ("id", "cpi"): _cpi,
    ("idpat", "cpi"): _cpi,
    ("id", "itip"): _itip,
    ("idpat", "itip"): _itip,
}


# From Digital Link -------------------------------------------------------------------


def _from_link(uri: str) -> str | None:
    scheme, _, rest = uri.partition("://")
    if scheme not in ("http", "https"):
        return None
    path = re.split(r"[?#]", rest, maxsplit=1)[0].rstrip("/").split("/")[1:]
    # Before the key an address may have a path of its own.
    for place, part in enumerate(path[:-1]):
        key = SHORT_NAMES.get(part, part)
        if key in PRIMARY_KEYS and _is_value(key, path[place + 1]):
            return _canonical_link(key, path[place + 1 :])
    return None


def _is_value(key: str, value: str) -> bool:
    """Return whether a text can be a key: many an address has a path like ``party/57``."""
    fixed = FIXED_DIGITS.get(key)
    digits = fixed or LEADING_DIGITS.get(key, PREFIX_DIGITS)
    start = value if fixed else value[:digits]
    return len(start) == digits and start.isascii() and start.isdigit()


def _canonical_link(key: str, rest: list[str]) -> str | None:
    value = rest[0].zfill(GTIN_DIGITS) if key == "01" else rest[0]
    if key == "01" and not is_gtin(value):
        return None
    names = [SHORT_NAMES.get(part, part) for part in rest[1::2]]
    qualifiers = dict(zip(names, rest[2::2], strict=False))
    link = f"{ROOT}/{key}/{escape_link(unquote(value))}"
    for name in QUALIFIERS.get(key, ()):
        if name in qualifiers:
            return f"{link}/{name}/{escape_link(unquote(qualifiers[name]))}"
    return link
