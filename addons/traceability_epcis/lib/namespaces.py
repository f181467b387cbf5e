"""Contexts of JSON-LD, as far as EPCIS documents need them: prefixes and where they lead."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from .faults import Fault, step
from .vocabulary import OF_MEMBER

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# The context of the standard, wherever it was published.
_OF_GS1 = re.compile(
    r"https?://(ref\.gs1\.org/standards/epcis/.*|gs1\.github\.io/EPCIS/.*|.*/epcis-context\.jsonld)"
)
# What the context of the standard itself declares.
STANDARD_PREFIXES = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
# A name that begins with one of these is a URI, not a name with a prefix.
_SCHEMES = frozenset({"http", "https", "urn", "ni", "tag", "did", "geo", "info"})
_PREFIX_ENDS = (":", "/", "?", "#", "[", "]", "@")
_PREFIXED = re.compile(r"(?P<prefix>[A-Za-z_][\w.+-]*):(?P<name>\S+)")
# Members whose value may be a name with a prefix. A component may be any URI, and
# ``example:x`` is one: its own scheme, where nobody declares a prefix.
_WORDS = frozenset({*OF_MEMBER, "type"} - {"component"})


def as_parts(context: Any) -> list[Any]:
    """Return the parts of a context: addresses and objects."""
    if context is None:
        return []
    return list(cast("list[Any]", context)) if isinstance(context, list) else [context]


def own_parts(*contexts: Any) -> list[Any]:
    """Return the parts that are not the standard's, each once, in their order."""
    parts: list[Any] = []
    for context in contexts:
        for part in as_parts(context):
            standard = isinstance(part, str) and _OF_GS1.fullmatch(part)
            if not standard and part not in parts:
                parts.append(part)
    return parts


class Namespaces:
    """The prefixes that hold for an event.

    :param parts: of its context and its document's, see `own_parts`.
    """

    def __init__(self, parts: Sequence[Any] = ()) -> None:
        self.parts = parts
        self.prefixes: dict[str, str] = dict(STANDARD_PREFIXES)
        # Somebody else's context may declare any prefix; it is not fetched.
        self.open = any(isinstance(part, str) for part in parts)
        for part in parts:
            if isinstance(part, dict):
                declared = dict(_read(cast("dict[str, Any]", part)))
                self.prefixes.update(declared)
                # A prefix may be declared by another.
                for prefix, target in declared.items():
                    self.prefixes[prefix] = self.expand(target)

    def expand(self, name: str) -> str:
        """Return the URI of a name with a prefix, or the name as it is."""
        match = _PREFIXED.fullmatch(name)
        if match and match["prefix"] in self.prefixes:
            return self.prefixes[match["prefix"]] + match["name"]
        return name

    def knows(self, name: str) -> bool:
        """Return whether a name has no prefix, or one that is declared."""
        match = _PREFIXED.fullmatch(name)
        return (
            not match
            or self.open
            or match["prefix"] in self.prefixes
            or match["prefix"].lower() in _SCHEMES
        )

    def find_undeclared(
        self, node: Any, pointer: str, *, extension: bool = False
    ) -> Iterator[Fault]:
        """Find names and words whose prefix nobody declares.

        :param extension: whether the node is somebody's own, where ``reason`` or ``type``
            may be any text.
        """
        if isinstance(node, list):
            for place, entry in enumerate(cast("list[Any]", node)):
                yield from self.find_undeclared(
                    entry, step(pointer, place), extension=extension
                )
        elif isinstance(node, dict):
            entries = cast("dict[str, Any]", node)
            names = self.inside(entries)
            for name, value in entries.items():
                if name == "@context":
                    continue
                place = step(pointer, name)
                word = name in _WORDS and isinstance(value, str) and not extension
                for found in (name, value) if word else (name,):
                    if not names.knows(found):
                        yield Fault(place, _undeclared(found))
                yield from names.find_undeclared(
                    value, place, extension=extension or ":" in name
                )

    def inside(self, node: Mapping[str, Any]) -> "Namespaces":
        """Return the prefixes that hold inside a node, which may have a context."""
        parts = own_parts(node.get("@context"))
        return Namespaces([*self.parts, *parts]) if parts else self


def _undeclared(name: str) -> str:
    prefix = name.partition(":")[0]
    return f"The name space of the prefix '{prefix[:40]}' is not declared in @context."


def _read(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in part.items():
        target = value.get("@id") if isinstance(value, dict) else value
        if isinstance(target, str) and not name.startswith("@"):
            yield name, target


def _are_prefixes(parts: Sequence[Any]) -> bool:
    """Return whether a context adds prefixes, and nothing that changes a bare name.

    JSON-LD 1.1 section 9.15: a prefix leads to an address that ends like these.
    """
    return all(
        isinstance(part, str)
        or all(
            name[:1] != "@" and isinstance(target, str) and target.endswith(_PREFIX_ENDS)
            for name, target in part.items()
        )
        for part in parts
    )


def merge(contexts: Iterable[Sequence[Any]]) -> list[Any] | None:
    """Return one context that means the same to every event of a page.

    :param contexts: the own parts of each event.
    :returns: None when two of them contradict each other, or one says more than prefixes:
        that must not hold for the others.
    """
    addresses: list[Any] | None = None
    names: dict[str, Any] = {}
    kept = list(contexts)
    if any(parts != kept[0] for parts in kept) and not all(map(_are_prefixes, kept)):
        return None
    for parts in kept:
        found = [part for part in parts if isinstance(part, str)]
        if addresses is not None and found != addresses:
            return None
        addresses = found
        for part in parts:
            if not isinstance(part, dict):
                continue
            for name, value in cast("dict[str, Any]", part).items():
                if names.setdefault(name, value) != value:
                    return None
    return [CONTEXT, *(addresses or []), *([names] if names else [])]
