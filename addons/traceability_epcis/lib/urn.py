"""GS1 Digital Links written as EPC URN (EPC Tag Data Standard 2.0 section 6)."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import quote, unquote

from biip import ParseError
from biip.gs1_prefixes import GS1CompanyPrefix

from .identifiers import KEY_DIGITS, ROOT, canonical, is_gtin

PrefixLength = Callable[[str], int | None]
Writer = Callable[[list[str], PrefixLength], str | None]


def _urn_text(text: str) -> str:
    return quote(text, safe="!')(*+,:;=$@")


@lru_cache(maxsize=4096)
def _published_prefix_length(digits: str) -> int | None:
    try:
        prefix = GS1CompanyPrefix.extract(digits)
    except ParseError:
        return None
    return len(prefix.value) if prefix else None


def find_prefix_length(known: Iterable[str] = ()) -> PrefixLength:
    """Return a function that finds the length of the company prefix digits begin with.

    :param known: prefixes of this company and its partners; what GS1 publishes of the
        ranges that its member organisations give out is asked after them.
    """
    prefixes = sorted({p for p in known if p.isdigit()}, key=len, reverse=True)

    def find(digits: str) -> int | None:
        for prefix in prefixes:
            if digits.startswith(prefix):
                return len(prefix)
        return _published_prefix_length(digits)

    return find


def to_urn(uri: str, prefix_length: PrefixLength) -> str:
    """Return the EPC URN of an identifier.

    :returns: the URI as it is, where the prefix is not known or no URN exists.
    """
    parts = canonical(uri).removeprefix(f"{ROOT}/").split("/")
    if uri.startswith("urn:") or len(parts) < 2:
        return uri
    writer = _WRITERS.get(parts[0])
    return (writer(parts, prefix_length) if writer else None) or uri


def _write_trade_item(parts: list[str], prefix_length: PrefixLength) -> str | None:
    gtin = parts[1]
    length = prefix_length(gtin[1:]) if is_gtin(gtin) else None
    if not length or not 6 <= length <= 12:
        return None
    item = f"{gtin[1 : length + 1]}.{gtin[0]}{gtin[length + 1 : -1]}"
    qualifier = parts[2] if len(parts) == 4 else ""
    if not qualifier:
        return f"urn:epc:idpat:sgtin:{item}.*"
    form = {"21": "id:sgtin", "10": "class:lgtin", "235": "id:upui"}.get(qualifier)
    return f"urn:epc:{form}:{item}.{_urn_text(unquote(parts[3]))}" if form else None


def _split(key: str, prefix_length: PrefixLength) -> str | None:
    length = prefix_length(key)
    return f"{key[:length]}.{key[length:-1]}" if length and length <= 12 else None


def _write_sscc(parts: list[str], prefix_length: PrefixLength) -> str | None:
    key = parts[1]
    length = prefix_length(key[1:])
    if not length:
        return None
    return f"urn:epc:id:sscc:{key[1 : length + 1]}.{key[0]}{key[length + 1 : -1]}"


def _write_location(parts: list[str], prefix_length: PrefixLength) -> str | None:
    body = _split(parts[1], prefix_length)
    extension = _urn_text(unquote(parts[3])) if len(parts) == 4 else "0"
    return f"urn:epc:id:sgln:{body}.{extension}" if body else None


def _write_with_serial(scheme: str, lead: int = 0) -> Writer:
    """Thirteen digits and the serial right behind them; without one it is a class.

    :param lead: digits before the key.
    """

    def write(parts: list[str], prefix_length: PrefixLength) -> str | None:
        key, serial = parts[1][lead : lead + KEY_DIGITS], parts[1][lead + KEY_DIGITS :]
        body = _split(key, prefix_length)
        if not body:
            return None
        kind, text = ("id", _urn_text(unquote(serial))) if serial else ("idpat", "*")
        return f"urn:epc:{kind}:{scheme}:{body}.{text}"

    return write


def _write_free(scheme: str) -> Writer:
    """A prefix with a free text behind it."""

    def write(parts: list[str], prefix_length: PrefixLength) -> str | None:
        text = unquote(parts[1])
        length = prefix_length(text)
        if not length or length >= len(text) or not text[:length].isdigit():
            return None
        return f"urn:epc:id:{scheme}:{text[:length]}.{_urn_text(text[length:])}"

    return write


def _write_long_key(scheme: str) -> Writer:
    def write(parts: list[str], prefix_length: PrefixLength) -> str | None:
        body = _split(parts[1], prefix_length)
        return f"urn:epc:id:{scheme}:{body}" if body else None

    return write


def _write_part(parts: list[str], prefix_length: PrefixLength) -> str | None:
    """CPI: a component, and its serial number."""
    written = _write_free("cpi")(parts, prefix_length)
    if not written or len(parts) != 4:
        return None
    return f"{written}.{_urn_text(unquote(parts[3]))}"


def _write_piece(parts: list[str], prefix_length: PrefixLength) -> str | None:
    """ITIP: one of the pieces that make a trade item together."""
    gtin, piece, total = parts[1][:14], parts[1][14:16], parts[1][16:]
    item = _write_trade_item(["01", gtin, "21", ""], prefix_length)
    if not item or parts[2:3] != ["21"]:
        return None
    start = item.replace(":sgtin:", ":itip:")
    return f"{start}{piece}.{total}.{_urn_text(unquote(parts[3]))}"


_WRITERS: dict[str, Writer] = {
    "01": _write_trade_item,
    "00": _write_sscc,
    "253": _write_with_serial("gdti"),
    "255": _write_with_serial("sgcn"),
    "401": _write_free("ginc"),
    "402": _write_long_key("gsin"),
    "414": _write_location,
    "417": _write_long_key("pgln"),
    "8003": _write_with_serial("grai", lead=1),
    "8004": _write_free("giai"),
    "8006": _write_piece,
    "8010": _write_part,
    "8017": _write_long_key("gsrnp"),
    "8018": _write_long_key("gsrn"),
}
