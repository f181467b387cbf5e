"""The parameters of the simple event query (EPCIS 2.0 section 8.2.7.1), read and checked."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .criteria import MOMENTS, Criterion, read_criterion
from .faults import QueryError
from .namespaces import Namespaces

PER_PAGE = 30
PER_PAGE_MAX = 1000
_MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class Mark:
    """Where a page ended: the moment, which ledger, and the row in it."""

    moment: int
    source: int
    row: int
    sent: int = 0


@dataclass(frozen=True)
class EventQuery:
    """A query.

    :param limit: ``eventCountLimit``; ``maximum``: ``maxEventCount``.
    """

    criteria: Sequence[Criterion] = ()
    order_by: Literal["event_time", "record_time"] = "record_time"
    descending: bool = False
    per_page: int = PER_PAGE
    limit: int | None = None
    maximum: int | None = None
    after: Mark | None = None


@dataclass
class _Draft:
    criteria: list[Criterion] = field(default_factory=list[Criterion])
    options: dict[str, Any] = field(default_factory=dict[str, Any])


def read_query(
    parameters: Iterable[tuple[str, str]], names: Namespaces | None = None
) -> EventQuery:
    """Read the parameters of a query.

    :param parameters: names and texts, a name may come more than once; ``|`` separates
        the values of a list.
    :param names: the prefixes of the header ``GS1-Extensions``.
    :raises QueryError: for a parameter that is not known, or a value it cannot have.
    """
    draft = _Draft()
    names = names or Namespaces()
    values: dict[str, list[str]] = {}
    for name, text in parameters:
        if "\x00" in name or "\x00" in text:
            raise QueryError(name.replace("\x00", ""), "Holds a NUL character.")
        values.setdefault(name, []).append(text)
    for name, texts in values.items():
        reader = _OPTIONS.get(name)
        if reader:
            if len(texts) > 1:
                raise QueryError(name, "Must be given once.")
            draft.options.update(reader(name, texts[0]))
        else:
            draft.criteria.append(read_criterion(name, texts, names))
    if {"limit", "maximum"} <= draft.options.keys():
        raise QueryError("maxEventCount", "Excludes eventCountLimit: give one of them.")
    if "order_by" in draft.options:
        draft.options.setdefault("descending", True)
    elif "limit" in draft.options:
        raise QueryError("eventCountLimit", "Needs orderBy: which are the first?")
    return EventQuery(tuple(draft.criteria), **draft.options)


def read_number(name: str, text: str, maximum: int) -> int:
    """Read a whole number from 1 on.

    :raises QueryError: for anything else.
    """
    if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= maximum:
        return int(text)
    raise QueryError(name, f"Must be a whole number from 1 to {maximum}.")


def _read_order(name: str, text: str) -> dict[str, Any]:
    if text not in MOMENTS:
        raise QueryError(name, "Must be eventTime or recordTime.")
    return {"order_by": MOMENTS[text]}


def _read_direction(name: str, text: str) -> dict[str, Any]:
    if text not in ("ASC", "DESC"):
        raise QueryError(name, "Must be ASC or DESC.")
    return {"descending": text == "DESC"}


def _read_token(name: str, text: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        numbers = json.loads(raw)
        valid = len(numbers) == 4 and all(type(n) is int for n in numbers)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        valid, numbers = False, []
    if not valid or any(abs(number) >= 2**62 for number in numbers):
        raise QueryError(name, "Is no token that was given out here.")
    return {"after": Mark(*numbers)}


def write_token(mark: Mark) -> str:
    """Return a page token."""
    raw = json.dumps([mark.moment, mark.source, mark.row, mark.sent])
    return base64.b64encode(raw.encode(), altchars=b"-_").decode()


_OPTIONS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "perPage": lambda n, t: {"per_page": read_number(n, t, PER_PAGE_MAX)},
    "nextPageToken": _read_token,
    "orderBy": _read_order,
    "orderDirection": _read_direction,
    "eventCountLimit": lambda n, t: {"limit": read_number(n, t, _MAX_NUMBER)},
    "maxEventCount": lambda n, t: {"maximum": read_number(n, t, _MAX_NUMBER)},
}
