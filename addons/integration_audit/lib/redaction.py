"""Hiding members of a payload from people who need not see them."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

HIDDEN = "•••"
# Shorter values are too common a part of other words to be looked for in texts.
TEXT_MIN = 4
_PATH = re.compile(r"[^.\[\]\s]+(\[\])?(\.[^.\[\]\s]+(\[\])?)*")

Path = tuple[str, ...]


class RedactionError(ValueError):
    """A rule cannot be read."""


def parse_rules(text: str) -> tuple[Path, ...]:
    """Return the paths of rules, one a line, like ``customer.email`` or ``lines[].price``.

    :raises RedactionError: naming the line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        if not _PATH.fullmatch(line):
            raise RedactionError(f"'{line}' is not a path like customer.email.")
    return tuple(tuple(line.replace("[]", ".[]").split(".")) for line in lines)


def redact(value: Any, rules: Sequence[Path]) -> Any:
    """Return a copy of a payload without what the rules hide."""
    for path in rules:
        value = _replace(value, path)
    return value


def _replace(value: Any, path: Path) -> Any:
    if not path:
        return HIDDEN
    head, rest = path[0], path[1:]
    if head == "[]":
        items = value if isinstance(value, list) else None
        return value if items is None else [_replace(item, rest) for item in items]
    if isinstance(value, dict) and head in value:
        return {**value, head: _replace(value[head], rest)}
    return value


def find_secrets(value: Any, rules: Sequence[Path]) -> set[str]:
    """Return the values that the rules hide, as they may stand in a text."""
    found = {text for path in rules for text in _find(value, path)}
    return {text for text in found if len(text) >= TEXT_MIN}


def _find(value: Any, path: Path) -> Iterator[str]:
    if not path:
        yield from _leaves(value)
    elif path[0] == "[]":
        for item in value if isinstance(value, list) else ():
            yield from _find(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _find(value[path[0]], path[1:])


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def hide(text: str, secrets: set[str]) -> str:
    """Return a text without the secrets, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def hide_everywhere(value: Any, secrets: set[str]) -> Any:
    """Return a JSON value whose texts are without the secrets."""
    if isinstance(value, dict):
        return {key: hide_everywhere(member, secrets) for key, member in value.items()}
    if isinstance(value, list):
        return [hide_everywhere(item, secrets) for item in value]
    if isinstance(value, str):
        return hide(value, secrets)
    return HIDDEN if str(value) in secrets else value


def write(value: Any) -> str | bool:
    """Return JSON as people read it; False without a value."""
    if value in (None, False):
        return False
    return json.dumps(value, indent=2, ensure_ascii=False)


def complete(edited: Any, shown: Any, whole: Any) -> Any:
    """Return an edited copy of what was shown, with the parts that were hidden.

    :param shown: the whole as somebody saw it; where the copy still is what was shown,
        the whole is taken.
    :raises RedactionError: where something hidden would have to be guessed.
    """
    if edited == shown:
        return whole
    if isinstance(edited, dict) and isinstance(shown, dict) and isinstance(whole, dict):
        return {
            key: complete(value, shown[key], whole[key])
            if key in shown and key in whole
            else complete(value, None, None)
            for key, value in edited.items()
        }
    if isinstance(edited, list):
        pairs = list(zip(shown, whole, strict=False)) if isinstance(shown, list) else []
        if len(pairs) != len(edited) or not isinstance(whole, list):
            pairs = [(None, None)] * len(edited)
        return [
            complete(value, *pair) for value, pair in zip(edited, pairs, strict=True)
        ]
    if isinstance(edited, dict):
        return {key: complete(value, None, None) for key, value in edited.items()}
    if isinstance(edited, str) and HIDDEN in edited:
        raise RedactionError(
            "Leave what is hidden as it is, or ask somebody who sees it to correct it."
        )
    return edited
