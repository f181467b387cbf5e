"""Parts that checks of JSON are put together from."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from .faults import Check, Fault, step
from .moments import read_moment
from .vocabulary import is_uri

Members = Mapping[str, Check]
# More than browsers and proxies carry, and less than an index of PostgreSQL keeps.
MAX_URI, MAX_MOMENT = 2000, 64
# JSON-LD 1.1 section 3.5: the identifier of a blank node.
_BLANK = re.compile(r"_:[A-Za-z0-9_][\w.-]*")


def accept(value: Any, pointer: str) -> Iterator[Fault]:
    """Whatever else holds was checked before."""
    yield from ()


def text(value: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(pointer, "Must be text.")


def uri(value: Any, pointer: str) -> Iterator[Fault]:
    if not is_uri(value):
        yield Fault(pointer, "Must be a URI.")
    elif len(value) > MAX_URI:
        yield Fault(pointer, f"Must have at most {MAX_URI} characters.")


def identifier(value: Any, pointer: str) -> Iterator[Fault]:
    """What JSON-LD calls a node by: a URI, or ``_:`` and a label of the document's own."""
    if not is_uri(value) and not (isinstance(value, str) and _BLANK.fullmatch(value)):
        yield Fault(pointer, "Must be a URI, or '_:' and a label.")


def number(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Fault(pointer, "Must be a number.")


def boolean(value: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault(pointer, "Must be true or false.")


def pattern(form: re.Pattern[str], detail: str) -> Check:
    def check(value: Any, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, str) or not form.fullmatch(value):
            yield Fault(pointer, detail)

    return check


def moment(value: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, str) or read_moment(value) is None:
        yield Fault(pointer, "Must be an RFC 3339 date and time with its zone.")
    elif len(value) > MAX_MOMENT:
        yield Fault(pointer, f"Must have at most {MAX_MOMENT} characters.")


def choice(*words: str) -> Check:
    def check(value: Any, pointer: str) -> Iterator[Fault]:
        if value not in words:
            yield Fault(pointer, f"Must be one of {', '.join(words)}.")

    return check


def each(item: Check, *, least: int = 0, unique: bool = False) -> Check:
    def check(value: Any, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(pointer, "Must be a list.")
            return
        items = cast("list[Any]", value)
        if len(items) < least:
            yield Fault(pointer, "Must not be empty.")
        if unique and len({repr(item) for item in items}) != len(items):
            yield Fault(pointer, "Names the same thing twice.")
        for place, entry in enumerate(items):
            yield from item(entry, step(pointer, place))

    return check


def members(
    known: Members, required: tuple[str, ...] = (), *, others: str = "extension"
) -> Check:
    """Return the check of an object.

    :param others: what further members may be: ``none``, ``extension`` (their name is a
        URI or a name with a prefix) or ``any``.
    """

    def check(value: Any, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(pointer, "Must be an object.")
            return
        entries = cast("dict[str, Any]", value)
        for name in required:
            if name not in entries:
                yield Fault(step(pointer, name), "Is missing.")
        for name, entry in entries.items():
            if name in known:
                yield from known[name](entry, step(pointer, name))
            elif others == "none":
                yield Fault(step(pointer, name), "Is not part of EPCIS 2.0 here.")
            elif others == "extension" and not is_uri(name):
                yield Fault(
                    step(pointer, name),
                    "Is not part of EPCIS 2.0 here; the name of an extension has a prefix.",
                )

    return check


def context(value: Any, pointer: str) -> Iterator[Fault]:
    parts = cast("list[Any]", value) if isinstance(value, list) else [value]
    if len({repr(part) for part in parts}) != len(parts):
        yield Fault(pointer, "Names the same context twice.")
    for part in parts:
        if not isinstance(part, dict) and not is_uri(part):
            yield Fault(pointer, "Must be URIs and objects.")


def certification(value: Any, pointer: str) -> Iterator[Fault]:
    yield from (each(uri) if isinstance(value, list) else uri)(value, pointer)
