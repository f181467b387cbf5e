"""What we write, against MESA's own schemas of B2MML V7, which are not ours to ship.

``make conformance B2MML_DATA=<folder>`` names the folder with ``AllSchemas.json`` and
``B2MML-OperationsSchedule.xsd``.
"""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from tests.unit.libs import ADDONS, load_lib

b2mml = load_lib("mes_bridge", "b2mml")
b2mml_xml = load_lib("mes_bridge", "b2mml_xml")
FOLDER = Path(os.environ.get("B2MML_DATA") or "B2MML_DATA-is-not-set")
ENVELOPE = b2mml.Envelope("odoo", "2026-03-24T05:00:00Z", "BOD-1")
CONTRACTS = ADDONS / "mes_bridge/contracts"


def sample(code):
    return json.loads((CONTRACTS / code / "1.0.sample.json").read_text())


def documents():
    order = sample("production.order.released")
    rich = order | {
        "byproducts": [{"item": "SPRUE", "quantity": 1.5, "unit": "kg"}],
        "components": [*order["components"], {"item": "X", "quantity": 1, "unit": "kg"}],
    }
    plain = {
        name: order[name] for name in ("order", "item", "quantity", "unit", "components")
    }
    time = "2026-03-24T06:00:00Z"
    reports = [
        b2mml.Event(code, time, sample(code))
        for code in ("production.reported", "production.consumed")
    ]
    reports += [
        b2mml.Event(code, time, sample("production.operation.started"))
        for code in b2mml.STATES
    ]
    scrapped = {"order": "MES/1", "quantity": 1, "unit": "EA", "reason": "Burr", "lot": "L"}
    reports.append(b2mml.Event("production.scrapped", time, scrapped))
    reports.append(b2mml.Event("production.scrapped", None, scrapped | {"item": "X"}))
    for verb in b2mml.VERBS:
        yield f"{verb}-schedule", b2mml.write_schedule([order, rich, plain], ENVELOPE, verb)
    yield "performance", b2mml.write_performance(reports, ENVELOPE)


DOCUMENTS = dict(documents())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_xml_form_passes_the_official_schema(name):
    kind = "OperationsPerformance" if name == "performance" else "OperationsSchedule"
    schema = etree.XMLSchema(etree.parse(FOLDER / f"B2MML-{kind}.xsd"))
    schema.assertValid(etree.fromstring(b2mml_xml.to_xml(DOCUMENTS[name])))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_form_passes_the_official_schema(name):
    schema = json.loads((FOLDER / "AllSchemas.json").read_text())
    faults = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft202012Validator(schema).iter_errors(DOCUMENTS[name])
    ]
    assert faults == []
