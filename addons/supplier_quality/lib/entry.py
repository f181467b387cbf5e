"""Numbers as people type and read them."""

import math
import re


def parse_number(text: str, *, decimal_point: str, thousands_separator: str) -> float:
    """Read a number written in the user's language.

    Strict on purpose: ``1,480`` is 1480 in one language and 1.48 in another, and a guess
    would release or reject a lot.

    :raises ValueError: when it is not a number in that notation.
    """
    compact = text.strip().replace("\u2212", "-")
    grouped = ""
    if thousands_separator:
        # People type a plain space where the language prints a narrow one.
        if thousands_separator.isspace():
            compact = re.sub(r"\s", " ", compact)
            thousands_separator = " "
        separator = re.escape(thousands_separator)
        grouped = rf"|\d{{1,3}}(?:{separator}\d{{3}})+"
    point = re.escape(decimal_point)
    pattern = rf"[-+]?(?:\d+{grouped})?(?:{point}\d*)?"
    if not re.fullmatch(pattern, compact) or not re.search(r"\d", compact):
        raise ValueError(f"'{text}' is not a number")
    if thousands_separator:
        compact = compact.replace(thousands_separator, "")
    number = float(compact.replace(decimal_point, "."))
    if not math.isfinite(number):
        raise ValueError(f"'{text[:20]}…' is too large")
    return number


def format_number(value: float, decimals: int, *, decimal_point: str = ".") -> str:
    """Write a value with at least ``decimals`` decimals and never fewer than it has.

    A value that was judged as 7.54 must not be shown as 7.5.
    """
    shortest = f"{value:.12f}".rstrip("0")
    digits = len(shortest.rpartition(".")[2])
    return f"{value:.{max(digits, decimals)}f}".replace(".", decimal_point)
