"""How parameters name fields of extensions and attributes of master data."""

from .faults import QueryError
from .namespaces import Namespaces
from .terms import EXTENDED

_MASTER_DATA = "urn:epcglobal:cbv:mda"


def is_extension(rest: str) -> bool:
    """Return whether the rest of a parameter names a field by a URI or a prefix."""
    return ":" in rest


def extension_name(name: str, rest: str, names: Namespaces) -> str:
    """Return the name of the term of a field.

    :raises QueryError: when its prefix is not known.
    """
    start = ""
    for part in ("INNER_", *EXTENDED.values()):
        if rest.startswith(part):
            start, rest = start + part, rest[len(part) :]
    if not names.knows(rest):
        raise QueryError(
            name,
            "This parameter is not known here. Name a field of an extension by its URI, or "
            "declare its prefix with GS1-Extensions.",
        )
    return start + _join(names.expand(rest))


def _join(uri: str) -> str:
    """EPCIS 2.0 section 8.2.7.1: the name space, a '#', and the name."""
    space, hash_sign, local = uri.partition("#")
    return space + local if hash_sign and space.endswith(("/", ":")) else uri


def attribute(name: str, names: Namespaces) -> str:
    """Return an attribute of master data in one spelling.

    CBV 2.0 section 9 has ``urn:epcglobal:cbv:mda#site``, JSON ``cbvmda:site``.
    """
    uri = _join(names.expand(name))
    start, hash_sign, local = uri.partition("#")
    return f"{start}:{local}" if hash_sign and start == _MASTER_DATA else uri
