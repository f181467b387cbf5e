"""Contracts, as documents for machines describe them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REFERENCES = ("$ref", "$dynamicRef")


@dataclass(frozen=True)
class Described:
    """A contract, as far as the outside has to know it.

    :param schema: JSON Schema 2020-12 of the payload.
    :param sample: a payload that satisfies it, or None.
    :param policy: what the policies of one system add, by name, see ``_prepare_policy``
        of ``integration.contract``; ``x-policy`` of the documents.
    """

    code: str
    version: str
    title: str
    schema: Mapping[str, Any]
    sample: Any = None
    deprecated: bool = False
    policy: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def requires_key(self) -> bool:
        """Whether a message without an idempotency key is refused."""
        return bool(self.policy.get("idempotencyKeyRequired"))

    @property
    def name(self) -> str:
        return f"{self.code}-{self.version}"


def relocate(schema: Any, here: str) -> Any:
    """Return a JSON Schema whose references into itself begin at ``here``.

    A schema with an ``$id`` keeps it out: its references would resolve against that.
    """
    if isinstance(schema, Mapping):
        return {
            key: _relocate_reference(value, here)
            if key in REFERENCES and isinstance(value, str)
            else relocate(value, here)
            for key, value in schema.items()
            if key not in ("$id", "$schema")
        }
    if isinstance(schema, list):
        return [relocate(item, here) for item in schema]
    return schema


def _relocate_reference(value: str, here: str) -> str:
    return here + value[1:] if value.startswith("#") else value
