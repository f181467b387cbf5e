"""What the shop floor says in B2MML as the messages that we take."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .b2mml import find_root, read_events
from .b2mml_values import B2mmlError, get_text


def prepare_messages(document: Any) -> list[dict[str, Any]]:
    """Return CloudEvents, one for each report, in the order of the document.

    Their ids follow from the document's own (``BODID``; without one, from its content), so
    that a document that is sent again brings nothing new.

    :param document: JSON form of B2MML.
    :raises B2mmlError: naming what is missing or cannot be said in our contracts.
    """
    if not isinstance(document, Mapping):
        raise B2mmlError("A document is a JSON object or an XML element.")
    events = read_events(document)
    if not events:
        raise B2mmlError("Nothing is reported in this document.")
    area = _get_area(document)
    sender = area.get("Sender")
    name = get_text(sender, "LogicalID") if isinstance(sender, Mapping) else None
    identity = get_text(area, "BODID") or _digest(document)
    return [
        {
            "specversion": "1.0",
            # Of two reports at the same moment, the first one comes first.
            "id": f"{identity}-{number:06}",
            "source": f"/b2mml/{quote(name or '', safe='')}",
            "type": event.contract,
            "subject": event.payload["order"],
            "data": event.payload,
            **({"time": event.time} if event.time else {}),
        }
        for number, event in enumerate(events, 1)
    ]


def _get_area(document: Mapping[str, Any]) -> Mapping[str, Any]:
    area = document[find_root(document)].get("ApplicationArea")
    return area if isinstance(area, Mapping) else {}


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
