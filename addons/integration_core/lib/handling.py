"""What is said of the message that is handled at the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

# Where the context of a handler's environment has it.
CONTEXT_KEY = "integration_handling"


@dataclass(slots=True, eq=False)
class Handling:
    """The message that a transaction handles at the moment.

    A transaction has one, and all messages of a system share an environment: the ORM
    looks for each environment among all of the transaction, of which a batch would make
    hundreds. It is empty again when the handler has returned; what is put off to the end
    of the transaction takes the cause along, see ``keep``.

    :ivar cause: what events published now refer back to, empty between two messages.
    :ivar moment: naive UTC, what the message is about.
    :ivar payload: in place of that of the message, or None.
    """

    message_id: int | None = None
    cause: dict[str, Any] | None = None
    moment: datetime | None = None
    payload: Any = None

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Self:
        """Return that of an environment's context; an empty one where it has none.

        What a client puts into its context is none: it cannot say what caused its doing.
        """
        found = context.get(CONTEXT_KEY)
        return found if isinstance(found, cls) else cls()

    def keep(self) -> dict[str, Self]:
        """Return what a context needs to name the present cause later on; {}: nothing."""
        return {CONTEXT_KEY: type(self)(cause=self.cause)} if self.cause else {}

    def clear(self) -> None:
        self.message_id = self.cause = self.moment = self.payload = None
