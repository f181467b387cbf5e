"""What the operations of the OpenAPI document refer to: schemas, headers, answers."""

from collections.abc import Sequence
from typing import Any

from .described import Described, relocate
from .envelope import MAX_SEQUENCE_DIGITS, MAX_TEXT, SPEC_VERSION
from .problems import CONTENT_TYPE as PROBLEM_TYPE

Document = dict[str, Any]

PROBLEMS = {
    400: "The request cannot be read, or an attribute of the event is wrong.",
    401: "No credential that is in force.",
    403: "The system is not active, or the contract is not in its scope.",
    404: "There is nothing at this address.",
    405: "The method is not allowed here.",
    409: "The same message is being accepted by another request right now.",
    411: "Send Content-Length, not chunks.",
    413: "The body, or the batch, is too large.",
    415: "Another content type is expected.",
    422: "The payload breaks its contract, or the key was used for another body.",
    429: "Too many messages: try again after Retry-After.",
    503: "Not available right now; nothing was accepted. Send the same again.",
}


def ref(name: str, kind: str = "schemas") -> Document:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def describe_contracts(contracts: Sequence[Described]) -> Document:
    """Return the schemas of contracts: of each its payload, and its whole event."""
    schemas: Document = {}
    for contract in contracts:
        here = f"#/components/schemas/{contract.name}"
        schemas[contract.name] = relocate(contract.schema, here)
        schemas[f"{contract.name}.event"] = _event_of(contract, here)
    return schemas


def _event_of(contract: Described, here: str) -> Document:
    return {
        "title": contract.title,
        "allOf": [
            ref("Event"),
            {
                "properties": {
                    "type": {"const": contract.code},
                    "dataschema": {
                        "const": f"urn:contract:{contract.code}:{contract.version}"
                    },
                    "data": {"$ref": here},
                }
            },
        ],
        **({"deprecated": True} if contract.deprecated else {}),
        **({"x-policy": dict(contract.policy)} if contract.policy else {}),
    }


def describe_any_event(accepts: Sequence[Described]) -> Document:
    """Return the schema of what may be sent; of any event where that is not known."""
    if not accepts:
        return ref("Event")
    return {"anyOf": [ref(f"{contract.name}.event") for contract in accepts]}


def describe_problem(status: int) -> Document:
    """Return the answer with problem details (RFC 9457) of a status."""
    headers = {"Retry-After": ref("RetryAfter", "headers")}
    return {
        "description": PROBLEMS[status],
        **({"headers": headers} if status in (409, 429, 503) else {}),
        "content": {PROBLEM_TYPE: {"schema": ref("Problem")}},
    }


def _text(**members: Any) -> Document:
    return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, **members}


SECURITY: Document = {
    "token": {"type": "http", "scheme": "bearer"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: with webhook-id and webhook-timestamp, within "
        "five minutes of now; HMAC-SHA256 over 'id.timestamp.body'.",
    },
}

HEADERS: Document = {
    "Location": {
        "description": "Where its state can be asked for.",
        "schema": {"type": "string"},
    },
    "IdempotencyReplayed": {
        "description": "'true' where the answer is that to the first request.",
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds to wait.",
        "schema": {"type": "string"},
    },
}

_NULLABLE: Document = {"type": ["string", "null"]}

SCHEMAS: Document = {
    "Event": {
        "type": "object",
        "description": "CloudEvents 1.0, structured mode.",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": _text(
                description="The sender's; source and id make a repetition one."
            ),
            "source": _text(),
            "type": _text(description="Code of the contract."),
            "dataschema": _text(
                description="urn:contract:<code>:<version>; absent: the newest."
            ),
            "subject": _text(
                description="Order key: the messages of one object keep their order."
            ),
            "time": _text(format="date-time", description="When it happened."),
            "sequence": {
                "type": "string",
                "pattern": f"^[0-9]{{1,{MAX_SEQUENCE_DIGITS}}}$",
                "description": "Place among the messages of the order key.",
            },
            "epoch": _text(description="Where the sender began to count anew."),
            "correlationid": _text(),
            "causationid": _text(),
            "idempotencykey": _text(
                description="As the header Idempotency-Key, which goes before it."
            ),
            "data": {"description": "The payload, as the contract says."},
        },
    },
    "Accepted": {
        "type": "object",
        "required": ["message", "status_url"],
        "properties": {
            "message": {"type": "string", "format": "uuid"},
            "status_url": {"type": "string"},
        },
    },
    "BatchResults": {
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "status"],
                    "properties": {
                        "id": _NULLABLE,
                        "status": {"type": "integer"},
                        "deprecation": {
                            "type": "string",
                            "description": "As the header of this name, RFC 9745.",
                        },
                        "sunset": {
                            "type": "string",
                            "description": "As the header of this name, RFC 8594.",
                        },
                    },
                },
            }
        },
    },
    "Status": {
        "type": "object",
        "required": ["message", "type", "state", "received_at", "attempts"],
        "properties": {
            "message": {"type": "string", "format": "uuid"},
            "type": _NULLABLE,
            "state": {
                "enum": [
                    "pending",
                    "running",
                    "retry",
                    "parked",
                    "dead",
                    "done",
                    "ignored",
                    "resolved",
                    "cancelled",
                    "refused",
                ]
            },
            "received_at": {"type": "string", "format": "date-time"},
            "finished_at": _NULLABLE,
            "attempts": {"type": "integer"},
            "result": {"type": ["object", "null"]},
            "problem": {"anyOf": [ref("Problem"), {"type": "null"}]},
        },
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": {"type": "string"},
                        "detail": {"type": "string"},
                    },
                },
            },
        },
    },
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": "pass"}, "version": {"type": "string"}},
    },
}
