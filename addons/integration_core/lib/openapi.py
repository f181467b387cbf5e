"""The machine interface described as OpenAPI 3.1, built from the contracts in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from .described import Described
from .envelope import (
    BATCH_CONTENT_TYPE,
    BINARY_CONTENT_TYPE,
    CONTENT_TYPE,
    SPEC_VERSION,
)
from .openapi_components import (
    HEADERS,
    PROBLEMS,
    SCHEMAS,
    SECURITY,
    Document,
    describe_any_event,
    describe_contracts,
    describe_problem,
    ref,
)

VERSION = "3.1.0"


@dataclass(frozen=True)
class Limits:
    """What a request may measure at most."""

    body_bytes: int
    batch_bytes: int
    batch_length: int
    key_length: int


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
            "securitySchemes": SECURITY,
            "schemas": {
                **SCHEMAS,
                **describe_contracts((*accepts, *publishes)),
                "AnyEvent": describe_any_event(accepts),
            },
            "headers": HEADERS,
            "responses": {str(status): describe_problem(status) for status in PROBLEMS},
        },
    }


def _health() -> Document:
    return {
        "operationId": "health",
        "summary": "Whether messages are accepted",
        "security": [],
        "responses": {
            "200": {
                "description": "They are.",
                "content": {"application/json": {"schema": ref("Health")}},
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
    content: Document = {"schema": ref("AnyEvent")}
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
                    "Location": ref("Location", "headers"),
                    "Idempotency-Replayed": ref("IdempotencyReplayed", "headers"),
                },
                "content": {"application/json": {"schema": ref("Accepted")}},
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
                        "items": ref("AnyEvent"),
                    }
                }
            },
        },
        "responses": {
            "207": {
                "description": "One result for each event, in their order.",
                "content": {"application/json": {"schema": ref("BatchResults")}},
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
                "content": {"application/json": {"schema": ref("Status")}},
            },
            **_problems(*_READING),
        },
    }


def _webhook(contract: Described) -> Document:
    content: Document = {"schema": ref(f"{contract.name}.event")}
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
    return {str(status): ref(str(status), "responses") for status in statuses}
