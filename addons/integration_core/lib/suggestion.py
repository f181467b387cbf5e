"""What an unknown code may stand for, by simple and explainable rules."""

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

GTIN_LENGTHS = (8, 12, 13, 14)
# Below it, two names have nothing to do with each other.
SIMILAR_FROM = 0.6


@dataclass(frozen=True)
class Suggestion:
    """A record that a code may stand for.

    :param score: from 0 to 1; ``reason``: a sentence for whoever decides.
    """

    record_id: int
    score: float
    reason: str


def normalize(text: str) -> str:
    """Return a text as it is compared: no accents, case, punctuation or spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^0-9a-z]+", "", plain.encode("ascii", "ignore").decode().lower())


def to_gtin_14(code: str) -> str | None:
    """Return a GTIN as 14 digits, or None when the code is none.

    GS1 General Specifications, 7.9: the last digit is the check digit.
    """
    digits = re.sub(r"[\s-]", "", code)
    if not digits.isascii() or not digits.isdigit():
        return None
    if len(digits) not in GTIN_LENGTHS:
        return None
    padded = digits.zfill(14)
    weighted = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(padded[:13])
    )
    return padded if (10 - weighted % 10) % 10 == int(padded[13]) else None


def similarity(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1; the order of words counts little."""
    if not (normalize(one) and normalize(other)):
        return 0.0
    return max(
        SequenceMatcher(None, normalize(one), normalize(other)).ratio(),
        SequenceMatcher(None, _sort_words(one), _sort_words(other)).ratio(),
    )


def _sort_words(text: str) -> str:
    return "".join(sorted(filter(None, map(normalize, text.split()))))


def rank(suggestions: list[Suggestion], limit: int) -> list[Suggestion]:
    """Return the best suggestions, each record once, the likeliest first."""
    best: dict[int, Suggestion] = {}
    for suggestion in suggestions:
        known = best.get(suggestion.record_id)
        if known is None or known.score < suggestion.score:
            best[suggestion.record_id] = suggestion
    return sorted(best.values(), key=lambda s: (-s.score, s.record_id))[:limit]
