"""What the usual unit codes measure (UN/ECE Recommendation 20, and shop floor habit)."""

from typing import Literal

Dimension = Literal["pieces", "mass", "volume", "length", "area", "time"]

_CODES: dict[Dimension, str] = {
    "pieces": "C62 EA H87 PCE PCS PC PR DZN ST STK UNIT UNITS",
    "mass": "KGM KG GRM G MGM MG TNE T LBR LB LBS ONZ OZ",
    "volume": "LTR L MLT ML MTQ M3 CMQ GLL GAL HLT HL",
    "length": "MTR M CMT CM MMT MM KMT KM INH IN FOT FT",
    "area": "MTK M2 CMK",
    "time": "HUR H MIN SEC S DAY D",
}
DIMENSIONS: dict[str, Dimension] = {
    code: dimension for dimension, codes in _CODES.items() for code in codes.split()
}


def find_dimension(code: str) -> Dimension | None:
    """Return what a unit code measures, or None when it is nobody's standard."""
    return DIMENSIONS.get(code.strip().upper())
