"""What is wrong with a document, one thing at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing a document has wrong.

    :param pointer: JSON Pointer (RFC 6901) to it.
    :param detail: what is wrong and what to write instead.
    """

    pointer: str
    detail: str


class QueryError(ValueError):
    """A parameter that cannot be answered.

    :param name: of the parameter; the text says what is wrong with it.
    """

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


# Takes a value and the pointer to it.
Check = Callable[[Any, str], Iterator[Fault]]


def step(pointer: str, name: object) -> str:
    """Return the pointer to a member or an item."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
