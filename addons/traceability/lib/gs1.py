"""Identifiers of lots and serials: EPC URN, GS1 Digital Link, or URIs of our own.

Sources: GS1 General Specifications 7.9 (check digit) and 7.11 (characters), EPC Tag Data
Standard 6.3 (SGTIN, LGTIN), GS1 Digital Link URI syntax.
"""

import re
from typing import Literal
from urllib.parse import quote

Form = Literal["digital_link", "urn"]

DIGITAL_LINK = "https://id.gs1.org"
# AI 10 and AI 21: up to twenty characters of GS1's set of 82.
AI_VALUE = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
URN_SAFE = "!'()*+,-.:;=_"
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
PREFIX = re.compile(r"[0-9]{6,12}")


def check_digit(digits: str) -> int:
    """Return the GS1 check digit of the digits before it."""
    weighted = (
        int(digit) * (3 if position % 2 == 0 else 1)
        for position, digit in enumerate(reversed(digits))
    )
    return -sum(weighted) % 10


def as_gtin14(barcode: str | None) -> str | None:
    """Return a barcode as a GTIN of fourteen digits, or None when it is none."""
    code = (barcode or "").strip()
    if not code.isascii() or not code.isdigit() or len(code) not in GTIN_LENGTHS:
        return None
    gtin = code.zfill(14)
    return gtin if check_digit(gtin[:-1]) == int(gtin[-1]) else None


def identify(
    *,
    barcode: str | None,
    prefix: str | None,
    form: Form,
    own: str,
    lot: str | None = None,
    serial: bool = False,
) -> str:
    """Return the URI of a lot, of a serial number, or of a product (no ``lot``).

    :param barcode: of the product; used when it is a GTIN and a ``prefix`` is set.
    :param prefix: GS1 company prefix. EPC URNs need to know where it ends, and so are
        made only for GTINs that begin with it; others become Digital Links.
    :param own: the URI to use where GS1 has none.
    """
    gtin = as_gtin14(barcode)
    if not gtin or not prefix or (lot is not None and not AI_VALUE.fullmatch(lot)):
        return own
    if form == "urn" and gtin[1:].startswith(prefix):
        return _urn(gtin, prefix, lot, serial=serial)
    link = f"{DIGITAL_LINK}/01/{gtin}"
    if lot is None:
        return link
    return f"{link}/{'21' if serial else '10'}/{quote(lot, safe='')}"


def _urn(gtin: str, prefix: str, lot: str | None, *, serial: bool) -> str:
    item = f"{prefix}.{gtin[0]}{gtin[1 + len(prefix) : 13]}"
    if lot is None:
        return f"urn:epc:idpat:sgtin:{item}.*"
    value = quote(lot, safe=URN_SAFE)
    return f"urn:epc:{'id:sgtin' if serial else 'class:lgtin'}:{item}.{value}"


def own_uri(namespace: str, *parts: str) -> str:
    """Return a URI below our own namespace, each part escaped."""
    escaped = "/".join(quote(part, safe="") for part in parts)
    return f"{namespace.rstrip('/')}/{escaped}"
