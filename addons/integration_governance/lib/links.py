"""What commands do to the records that a field links to."""

from collections.abc import Iterable
from typing import Any

# As of ``odoo.fields.Command``.
UNLINK, LINK, CLEAR, SET = 3, 4, 5, 6


def apply_links(ids: Iterable[int], commands: Any) -> set[int] | None:
    """Return the ids that are linked once the commands are done.

    :param commands: as ``write`` takes them for a field with many records.
    :returns: None when they make, change or delete records, or are no commands.
    """
    linked = set(ids)
    if not isinstance(commands, (list, tuple)):
        return None
    for command in commands:
        if isinstance(command, int):
            linked.add(command)
            continue
        if not isinstance(command, (list, tuple)) or not _apply(linked, *command):
            return None
    return linked


def _apply(linked: set[int], verb: int = -1, number: Any = 0, ids: Any = ()) -> bool:
    """Do one command. Returns whether it is about links only."""
    if verb == LINK:
        linked.add(number)
    elif verb == UNLINK:
        linked.discard(number)
    elif verb in (CLEAR, SET):
        linked.clear()
        linked.update(ids or () if verb == SET else ())
    return verb in (LINK, UNLINK, CLEAR, SET)
