"""The machine interface described as OpenAPI 3.1, built from the contracts in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .envelope import (
    BATCH_CONTENT_TYPE,
    BINARY_CONTENT_TYPE,
    CONTENT_TYPE,
    MAX_SEQUENCE_DIGITS,
    MAX_TEXT,
    SPEC_VERSION,
)
from .problems import CONTENT_TYPE as PROBLEM_TYPE

VERSION = "3.1.0"
REFERENCES = ("$ref", "$dynamicRef")

Document = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What a request may measure at most."""

    body_bytes: int
    batch_bytes: int
    batch_length: int
    key_length: int


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


_PROBLEMS = {
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
_RECEIVING = (400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 429, 503)
_READING = (401, 403, 404, 405, 411, 429, 503)


def build_document(
    server_url: str,
    limits: Limits,
    *,
    system: str | None = None,
    accepts: Sequence[Described] = (),
    publishes: Sequence[Described] = (),
) -> Document:
    """Return an OpenAPI 3.1 document.

    :param server_url: where Odoo answers, without a path.
    :param system: code of the system it is for; None: for any.
    :param accepts: contracts the system may send.
    :param publishes: contracts it may receive; they become webhooks.
    """
    root = f"/integration/v1/{system or '{system}'}"
    description = (
        "Events come in as CloudEvents 1.0, signed as Standard Webhooks or with a bearer "
        "token. 202 means that an event is stored for good."
    )
    if not system:
        description += " With a credential, this document lists the caller's contracts."
    paths: Document = {
        "/integration/v1/health": {"get": _health()},
        f"{root}/messages": {"post": _receive(limits, accepts)},
        f"{root}/messages/batch": {"post": _receive_batch(limits)},
        f"{root}/messages/{{message}}": {"get": _status()},
    }
    parameter = {
        "name": "system",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 64},
        "description": "Code of the sending system.",
    }
    if not system:
        for path, item in paths.items():
            if "{system}" in path:
                item["parameters"] = [parameter]
    return {
        "openapi": VERSION,
        "info": {
            "title": "Odoo integration",
            "version": "1",
            "description": description,
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": server_url}],
        "security": [{"token": []}, {"signature": []}],
        "paths": paths,
        "webhooks": {contract.name: _webhook(contract) for contract in publishes},
        "components": {
            "securitySchemes": _SECURITY,
            "schemas": {
                **_SCHEMAS,
                **_contract_schemas((*accepts, *publishes)),
                "AnyEvent": _any_event(accepts),
            },
            "headers": _HEADERS,
            "responses": {str(status): _problem(status) for status in _PROBLEMS},
        },
    }


def _contract_schemas(contracts: Sequence[Described]) -> Document:
    schemas: Document = {}
    for contract in contracts:
        here = f"#/components/schemas/{contract.name}"
        schemas[contract.name] = relocate(contract.schema, here)
        schemas[f"{contract.name}.event"] = _event_of(contract, here)
    return schemas


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


def _ref(name: str, kind: str = "schemas") -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}


def _event_of(contract: Described, here: str) -> Document:
    return {
        "title": contract.title,
        "allOf": [
            _ref("Event"),
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


def _any_event(accepts: Sequence[Described]) -> Document:
    if not accepts:
        return _ref("Event")
    return {"anyOf": [_ref(f"{contract.name}.event") for contract in accepts]}


def _health() -> Document:
    return {
        "operationId": "health",
        "summary": "Whether messages are accepted",
        "security": [],
        "responses": {
            "200": {
                "description": "They are.",
                "content": {"application/json": {"schema": _ref("Health")}},
            },
            **_problems(405, 411, 503),
        },
    }


def _receive(limits: Limits, accepts: Sequence[Described]) -> Document:
    examples = {
        contract.name: {"value": _example(contract)}
        for contract in accepts
        if contract.sample is not None
    }
    content: Document = {"schema": _ref("AnyEvent")}
    if examples:
        content["examples"] = examples
    return {
        "operationId": "sendMessage",
        "summary": "Send one event",
        "description": f"At most {limits.body_bytes} bytes. In binary mode the attributes "
        "are headers (ce-id, ce-source, ce-type …) and the body is the payload.",
        "parameters": [_idempotency_key(limits, accepts)],
        "requestBody": {
            "required": True,
            "content": {CONTENT_TYPE: content, BINARY_CONTENT_TYPE: {"schema": {}}},
        },
        "responses": {
            "202": {
                "description": "Stored for good; or it was before.",
                "headers": {
                    "Location": _ref("Location", "headers"),
                    "Idempotency-Replayed": _ref("IdempotencyReplayed", "headers"),
                },
                "content": {"application/json": {"schema": _ref("Accepted")}},
            },
            **_problems(*_RECEIVING),
        },
    }


def _idempotency_key(limits: Limits, accepts: Sequence[Described]) -> Document:
    """Describe the header; required where no contract is taken without."""
    requiring = [contract.name for contract in accepts if contract.requires_key]
    description = "What makes a repetition one; default: source and id."
    if requiring:
        description += (
            f" Required for {', '.join(requiring)}, there or as the attribute "
            "idempotencykey of the event."
        )
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": bool(accepts) and len(requiring) == len(accepts),
        "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": limits.key_length},
    }


def _receive_batch(limits: Limits) -> Document:
    return {
        "operationId": "sendBatch",
        "summary": "Send many events, each taken in on its own",
        "description": f"At most {limits.batch_length} events in {limits.batch_bytes} "
        "bytes. Where a key is required, each event has it as its attribute "
        "idempotencykey.",
        "requestBody": {
            "required": True,
            "content": {
                BATCH_CONTENT_TYPE: {
                    "schema": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": limits.batch_length,
                        "items": _ref("AnyEvent"),
                    }
                }
            },
        },
        "responses": {
            "207": {
                "description": "One result for each event, in their order.",
                "content": {"application/json": {"schema": _ref("BatchResults")}},
            },
            **_problems(*_RECEIVING),
        },
    }


def _status() -> Document:
    return {
        "operationId": "getMessage",
        "summary": "What became of a message",
        "parameters": [
            {
                "name": "message",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        "responses": {
            "200": {
                "description": "Its state.",
                "content": {"application/json": {"schema": _ref("Status")}},
            },
            **_problems(*_READING),
        },
    }


def _webhook(contract: Described) -> Document:
    content: Document = {"schema": _ref(f"{contract.name}.event")}
    if contract.sample is not None:
        content["examples"] = {"sample": {"value": _example(contract)}}
    return {
        "post": {
            "operationId": f"receive.{contract.name}",
            "summary": contract.title,
            "requestBody": {"required": True, "content": {CONTENT_TYPE: content}},
            "responses": {
                "2XX": {"description": "Taken. Anything else is tried again later."},
                "410": {"description": "Send no more: the endpoint is disabled."},
            },
        }
    }


def _example(contract: Described) -> Document:
    return {
        "specversion": SPEC_VERSION,
        "id": "1",
        "source": "/example",
        "type": contract.code,
        "dataschema": f"urn:contract:{contract.code}:{contract.version}",
        "time": "2026-01-31T12:00:00Z",
        "data": contract.sample,
    }


def _problems(*statuses: int) -> Document:
    return {str(status): _ref(str(status), "responses") for status in statuses}


def _problem(status: int) -> Document:
    headers = {"Retry-After": _ref("RetryAfter", "headers")}
    return {
        "description": _PROBLEMS[status],
        **({"headers": headers} if status in (409, 429, 503) else {}),
        "content": {PROBLEM_TYPE: {"schema": _ref("Problem")}},
    }


def _text(**members: Any) -> Document:
    return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, **members}


_SECURITY: Document = {
    "token": {"type": "http", "scheme": "bearer"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: with webhook-id and webhook-timestamp, within "
        "five minutes of now; HMAC-SHA256 over 'id.timestamp.body'.",
    },
}

_HEADERS: Document = {
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

_SCHEMAS: Document = {
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
            "problem": {"anyOf": [_ref("Problem"), {"type": "null"}]},
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
