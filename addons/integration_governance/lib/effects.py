"""What a run did to records in the end, whatever steps it took."""

from collections.abc import Iterable
from typing import Any

Effect = dict[str, Any]


def settle(effects: Iterable[Effect]) -> list[Effect]:
    """Return one effect per record, in the order in which they were touched first.

    What was made and deleted again never happened; neither did a value that came back.

    :param effects: each ``{"operation": "create", "write" or "unlink", "model", "id",
        "name", "values": {field: [old, new]}}``, in the order in which they happened.
    """
    settled: dict[tuple[str, int], Effect] = {}
    for effect in effects:
        key = effect["model"], effect["id"]
        known = settled.get(key)
        merged = _merge(known, effect) if known else effect
        if merged:
            settled[key] = merged
        else:
            del settled[key]
    return [effect for effect in map(without_idle, settled.values()) if effect]


def _merge(known: Effect, effect: Effect) -> Effect | None:
    """Return what two effects on one record come to; None when that is nothing."""
    if effect["operation"] == "unlink":
        return None if known["operation"] == "create" else effect
    values = dict(known["values"])
    if effect["operation"] == "create":
        # Odoo writes to a record while it is being made: that came first, and is in it.
        return {**effect, "values": {**values, **effect["values"]}}
    for name, (old, new) in effect["values"].items():
        values[name] = [values[name][0] if name in values else old, new]
    return {**effect, "operation": known["operation"], "values": values}


def without_idle(effect: Effect) -> Effect | None:
    """Return a write without the fields that came back to what they were."""
    if effect["operation"] != "write":
        return effect
    values = {
        name: [old, new] for name, (old, new) in effect["values"].items() if old != new
    }
    return {**effect, "values": values} if values else None
