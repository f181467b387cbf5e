"""Values of extensions and sensors in one spelling, so that they can be compared.

Units are those of UN/ECE Recommendation 20; what a unit is in the SI is of its Annex II.
"""

import re
from decimal import Decimal

from .moments import microseconds

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# So many digits of a converted value count; the rest is what the conversion left.
_DIGITS = 12


def write_number(value: float) -> str:
    """Return a number without what does not count: ``5``, however it was written."""
    return str(int(value)) if value == int(value) else str(value)


def read_number(text: str) -> float | None:
    """Return the number that a parameter gives, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def read_microseconds(text: str) -> int | None:
    """Return an RFC 3339 moment as microseconds since 1970, or None."""
    try:
        return microseconds(text)
    except ValueError:
        return None


def find_moment(text: str) -> int | None:
    """Return the same of a moment, or of a date at midnight UTC."""
    return read_microseconds(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)


def moment_name(name: str) -> str:
    """Return the name of the term for a value that is a moment; no URI has a space."""
    return f"{name} time"


def _table(text: str) -> dict[str, tuple[str, Decimal]]:
    """Return ``{unit: (unit of the SI, factor)}`` of lines ``SI: unit factor …``."""
    units: dict[str, tuple[str, Decimal]] = {}
    for line in text.strip().splitlines():
        base, _, rest = line.strip().partition(": ")
        entries = rest.split()
        for unit, factor in zip(entries[::2], entries[1::2], strict=True):
            units[unit] = (base, Decimal(factor))
        units[base] = (base, Decimal(1))
    return units


_UNITS = _table(
    """
    KGM: GRM 1e-3 DG 1e-4 CGM 1e-5 MGM 1e-6 MC 1e-9 TNE 1e3 LBR 0.45359237
    KGM: ONZ 0.028349523125
    MTR: KMT 1e3 DMT 1e-1 CMT 1e-2 MMT 1e-3 4H 1e-6 C45 1e-9 INH 0.0254 FOT 0.3048
    MTR: YRD 0.9144 SMI 1609.344 NMI 1852
    MTK: CMK 1e-4 MMK 1e-6 KMK 1e6 HAR 1e4 INK 0.00064516 FTK 0.09290304
    MTQ: DMQ 1e-3 CMQ 1e-6 MMQ 1e-9 LTR 1e-3 DLT 1e-4 CLT 1e-5 MLT 1e-6 4G 1e-9 HLT 1e-1
    MTQ: GLL 0.003785411784 GLI 0.00454609 INQ 0.000016387064 FTQ 0.028316846592
    PAL: A97 1e2 KPA 1e3 MPA 1e6 BAR 1e5 MBR 1e2 ATM 101325 PS 6894.757293168
    SEC: C26 1e-3 B98 1e-6 MIN 60 HUR 3600 DAY 86400 WEE 604800
    MTS: KMH 0.2777777777777777777777777778 HM 0.44704 FS 0.3048
    MTS: KNT 0.5144444444444444444444444444
    MSK: K40 9.80665
    HTZ: KHZ 1e3 MHZ 1e6 A86 1e9
    AMP: 4K 1e-3 B84 1e-6
    VLT: 2Z 1e-3 KVT 1e3
    WTT: C31 1e-3 KWT 1e3 MAW 1e6
    JOU: KJO 1e3 3B 1e6 WHR 3600 KWH 3600000
    NEW: B47 1e3
    OHM: B49 1e3 B75 1e6
    LUX: KLX 1e3
    KMQ: A93 1e-3 GP 1e-6 GL 1 M1 1e-3
    BQL: 2Q 1e3 4N 1e6 GBQ 1e9
    C34: C18 1e-3 B45 1e3
    C62: P1 1e-2 59 1e-6 61 1e-9
    KEL: CEL 1 FAH 0.5555555555555555555555555556 A48 0.5555555555555555555555555556
    """
)
# What is zero there, in kelvin.
_ZERO = {"CEL": Decimal("273.15"), "FAH": Decimal("255.3722222222222222222222222")}


def to_si(number: float, unit: str, *, difference: bool = False) -> tuple[float, str]:
    """Return a value in the unit of the SI, or as it is where its unit is not known.

    :param difference: of two values, as a deviation is: 1 °C is 1 K then.
    """
    if unit not in _UNITS:
        return number, unit
    base, factor = _UNITS[unit]
    value = Decimal(str(number)) * factor
    if not difference:
        value += _ZERO.get(unit, 0)
    return float(f"{value:.{_DIGITS}g}"), base
