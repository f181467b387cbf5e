"""What a handler returns."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class HandlerResult:
    """The outcome of handling one message.

    :param record: the Odoo record the message led to, linked on the delivery.
    :param outcome: ``done``, or ``ignored`` for a message that came too late to matter.
    :param summary: one sentence for people.
    :param data: small JSON object that the sender may read at the status endpoint.
    """

    record: Any = None
    outcome: Literal["done", "ignored"] = "done"
    summary: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
