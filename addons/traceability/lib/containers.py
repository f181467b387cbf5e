"""Numbers of containers that mean the same whoever says them: GS1's SSCC.

Source: GS1 General Specifications 3.3 and 7.9 (application identifier 00, check digit);
EPC Tag Data Standard 2.0 section 6.3.2; GS1 Digital Link URI Syntax 1.4.
"""

import re

_LINK = "https://id.gs1.org/00/"
_PLAIN = re.compile(r"(?:\(00\)|00)?(\d{18})")
_WEB = re.compile(r"https?://[^?#]+/(?:00|sscc)/(\d{18})(?:[?#].*)?")
_URN = re.compile(r"urn:epc:id:sscc:(\d{6,12})\.(\d)(\d+)")


def canonical_container(text: str) -> str | None:
    """Return the Digital Link of an SSCC, however it is written; None for anything else.

    >>> canonical_container("(00)140123452345678902")
    'https://id.gs1.org/00/140123452345678902'
    """
    match = _PLAIN.fullmatch(text) or _WEB.fullmatch(text)
    if match:
        digits = match[1]
        valid = _check_digit(digits[:-1]) == digits[-1]
        return f"{_LINK}{digits}" if valid else None
    urn = _URN.fullmatch(text)
    if urn and len(urn[1] + urn[2] + urn[3]) == 17:
        digits = urn[2] + urn[1] + urn[3]
        return f"{_LINK}{digits}{_check_digit(digits)}"
    return None


def _check_digit(digits: str) -> str:
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)
