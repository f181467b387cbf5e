"""The published description: valid, complete, and true to the contracts."""

import json
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.unit.libs import load_lib

openapi = load_lib("integration_core", "openapi")
shared = load_lib("integration_core", "described")
LIMITS = openapi.Limits(1000, 8000, 500, 255)
ADDONS = Path(__file__).parents[3] / "addons"
SCHEMAS = sorted(
    path
    for path in ADDONS.glob("*/contracts/*/*.json")
    if not path.name.endswith(".sample.json")
)


def described(path):
    return shared.Described(
        path.parent.name,
        path.stem,
        path.parent.name,
        json.loads(path.read_text()),
        json.loads(path.with_suffix(".sample.json").read_text()),
    )


def test_there_are_contracts():
    assert len(SCHEMAS) > 10


@pytest.mark.parametrize("with_contracts", [False, True])
def test_document_is_openapi_3_1(with_contracts):
    contracts = [described(path) for path in SCHEMAS] if with_contracts else []
    document = openapi.build_document(
        "http://localhost",
        LIMITS,
        system="mes" if with_contracts else None,
        accepts=contracts,
        publishes=contracts,
    )
    OpenAPIV31SpecValidator(document).validate()
    assert json.loads(json.dumps(document)) == document
    assert len(document["webhooks"]) == len(contracts)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.parent.name)
def test_contract_in_the_document_allows_and_refuses_what_it_did(path):
    contract = described(path)
    document = openapi.build_document(
        "http://localhost", LIMITS, system="mes", accepts=[contract]
    )
    registry = Registry().with_resource(
        "urn:document", Resource(document, specification=DRAFT202012)
    )
    validator = jsonschema.Draft202012Validator(
        {"$ref": "urn:document#/components/schemas/AnyEvent"}, registry=registry
    )
    body = document["paths"]["/integration/v1/mes/messages"]["post"]["requestBody"]
    examples = body["content"]["application/cloudevents+json"]["examples"]
    event = examples[contract.name]["value"]
    validator.validate(event)
    assert not validator.is_valid(event | {"data": "no object"})
    assert not validator.is_valid(event | {"type": "another"})
    assert not validator.is_valid({"data": event["data"]})


def document_for(*required):
    """Describe one contract for each flag: whether its policy demands a key."""
    accepts = [
        shared.Described(
            f"test.{number}",
            "1.0",
            "Test",
            {},
            policy={"tier": "2", "idempotencyKeyRequired": is_required},
        )
        for number, is_required in enumerate(required)
    ]
    document = openapi.build_document(
        "http://localhost", LIMITS, system="mes", accepts=accepts
    )
    OpenAPIV31SpecValidator(document).validate()
    operation = document["paths"]["/integration/v1/mes/messages"]["post"]
    (parameter,) = operation["parameters"]
    return document, parameter


@pytest.mark.parametrize(
    ("required", "expected"),
    [((), False), ((False,), False), ((True, False), False), ((True, True), True)],
)
def test_the_key_is_required_where_no_flow_goes_without(required, expected):
    _document, parameter = document_for(*required)
    assert parameter["required"] is expected
    for number, is_required in enumerate(required):
        assert (f"test.{number}-1.0" in parameter["description"]) is is_required


def test_each_contract_names_the_rules_of_its_policy():
    document, _parameter = document_for(True, False)
    schemas = document["components"]["schemas"]
    assert schemas["test.0-1.0.event"]["x-policy"] == {
        "tier": "2",
        "idempotencyKeyRequired": True,
    }
    assert schemas["test.1-1.0.event"]["x-policy"]["idempotencyKeyRequired"] is False


def test_references_of_a_schema_begin_where_it_stands_now():
    schema = {
        "$id": "urn:x",
        "$defs": {"a": {"type": "string"}},
        "items": [{"$ref": "#/$defs/a"}, {"$ref": "#"}, {"$ref": "urn:other"}],
    }
    assert shared.relocate(schema, "#/here") == {
        "$defs": {"a": {"type": "string"}},
        "items": [
            {"$ref": "#/here/$defs/a"},
            {"$ref": "#/here"},
            {"$ref": "urn:other"},
        ],
    }
