"""The machine interface described as AsyncAPI 3.0, from contracts and policies in force."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from .described import Described, relocate

VERSION = "3.0.0"
EVENT_TYPE = "application/cloudevents+json"

Document = dict[str, Any]


def build_document(
    server_url: str,
    system: str,
    accepts: Sequence[Described],
    publishes: Sequence[Described],
) -> Document:
    """Return an AsyncAPI 3.0 document of one system, as seen from Odoo.

    :param server_url: where Odoo answers, without a path.
    :param accepts: what Odoo receives from the system; ``publishes``: what it sends.
    """
    address = urlsplit(server_url)
    channels: Document = {}
    operations: Document = {}
    if accepts:
        channels["inbound"] = {
            "address": f"/integration/v1/{system}/messages",
            "title": "What the system sends to Odoo",
            "servers": [{"$ref": "#/servers/odoo"}],
            "messages": {contract.name: _message_ref(contract) for contract in accepts},
        }
        operations["receiveEvent"] = _operation("receive", "inbound", accepts)
    if publishes:
        channels["outbound"] = {
            "address": None,
            "title": "What Odoo sends to the endpoints of the system",
            "messages": {
                contract.name: _message_ref(contract) for contract in publishes
            },
        }
        operations["sendEvent"] = _operation("send", "outbound", publishes)
    contracts = (*accepts, *publishes)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"Odoo integration of {system}",
            "version": "1",
            "description": "CloudEvents 1.0 over HTTP. Answered with 202 once an event is "
            "stored for good.",
        },
        "defaultContentType": EVENT_TYPE,
        "servers": {
            "odoo": {
                "host": address.netloc,
                "protocol": address.scheme,
                "security": [
                    {"$ref": "#/components/securitySchemes/token"},
                    {"$ref": "#/components/securitySchemes/signature"},
                ],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {contract.name: _message(contract) for contract in contracts},
            "schemas": _schemas(contracts),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "httpApiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "Standard Webhooks: webhook-id, webhook-timestamp and "
                    "webhook-signature over the raw body.",
                },
            },
        },
    }


def _operation(action: str, channel: str, contracts: Sequence[Described]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [
            {"$ref": f"#/channels/{channel}/messages/{_escape(contract.name)}"}
            for contract in contracts
        ],
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    }


def _escape(name: str) -> str:
    """Return a name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _message_ref(contract: Described) -> Document:
    return {"$ref": f"#/components/messages/{_escape(contract.name)}"}


def _message(contract: Described) -> Document:
    message: Document = {
        "name": contract.code,
        "title": contract.title,
        "contentType": EVENT_TYPE,
        "payload": {"$ref": f"#/components/schemas/{_escape(contract.name)}.event"},
        "x-policy": dict(contract.policy),
    }
    if contract.sample is not None:
        message["examples"] = [{"name": "sample", "payload": _sample_event(contract)}]
    if contract.deprecated:
        message["tags"] = [{"name": "deprecated"}]
    return message


def _sample_event(contract: Described) -> Document:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/sample",
        "type": contract.code,
        "dataschema": f"urn:contract:{contract.code}:{contract.version}",
        "data": contract.sample,
    }


def _schemas(contracts: Sequence[Described]) -> Document:
    schemas: Document = {}
    for contract in contracts:
        here = f"#/components/schemas/{_escape(contract.name)}"
        schemas[contract.name] = relocate(contract.schema, here)
        schemas[f"{contract.name}.event"] = {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "minLength": 1},
                "source": {"type": "string", "minLength": 1},
                "type": {"const": contract.code},
                "dataschema": {
                    "const": f"urn:contract:{contract.code}:{contract.version}"
                },
                "subject": {
                    "type": "string",
                    "description": "The business object; its events keep their order.",
                },
                "time": {"type": "string", "format": "date-time"},
                "sequence": {"type": "string", "pattern": "^[0-9]+$"},
                "epoch": {"type": "string"},
                "correlationid": {"type": "string"},
                "causationid": {"type": "string"},
                "data": {"$ref": here},
            },
        }
    return schemas
