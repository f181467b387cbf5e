"""What two failures have in common, whatever they are about."""

import re

# A quoted name, in the ways texts for people quote.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»")
# A number, or a name that is told apart by its digits: WH/IN/00012, 4.5, SO-17.
_NUMBERED = re.compile(r"[^\s'\"]*\d[^\s'\"]*")


def find_cause(text: str) -> str:
    """Return a text without what changes from one message to the next.

    Names in quotes and whatever holds a digit are left out, so that a thousand messages
    with a thousand numbers and one fault have one cause.
    """
    line = _QUOTED.sub("'…'", text.strip().split("\n", 1)[0])
    return " ".join(_NUMBERED.sub("#", line).split())
