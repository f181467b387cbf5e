"""B2MML V7: what we write we read again, and what others write is understood.

Against MESA's own schemas: ``tests/conformance/test_b2mml.py``.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.unit.libs import ADDONS, load_lib

b2mml = load_lib("mes_bridge", "b2mml")
b2mml_xml = load_lib("mes_bridge", "b2mml_xml")
values = load_lib("mes_bridge", "b2mml_values")
CONTRACTS = ADDONS / "mes_bridge/contracts"
ENVELOPE = b2mml.Envelope("odoo", "2026-03-24T05:00:00Z", "BOD-1")
TEXT = st.text("ABCxyz019 -/.&<>ü", min_size=1, max_size=12).map(str.strip).filter(bool)
AMOUNT = st.integers(1, 10**6) | st.floats(0.001, 10**6).map(lambda x: round(x, 3))


def sample(code):
    return json.loads((CONTRACTS / code / "1.0.sample.json").read_text())


def check(code, payload):
    schema = json.loads((CONTRACTS / code / "1.0.json").read_text())
    Draft202012Validator(schema).validate(payload)


def through_xml(document):
    return b2mml_xml.from_xml(b2mml_xml.to_xml(document))


@pytest.mark.parametrize("way", [lambda document: document, through_xml], ids=["json", "xml"])
@pytest.mark.parametrize("verb", ["Process", "Change", "Cancel"])
def test_order_comes_back_as_it_was(verb, way):
    order = sample("production.order.released")
    read_verb, (read,) = b2mml.read_schedule(
        way(b2mml.write_schedule([order], ENVELOPE, verb))
    )
    assert read_verb == verb
    check("production.order.released", read)
    for name in ("order", "item", "quantity", "unit", "planned_start", "revision"):
        assert read[name] == order[name]
    assert read["components"] == order["components"]
    for ours, theirs in zip(order["operations"], read["operations"], strict=True):
        assert (theirs["name"], theirs["work_centre"]) == (ours["name"], ours["work_centre"])


EVENTS = st.lists(
    st.builds(
        lambda code, order, amount, extra: b2mml.Event(
            code, "2026-03-24T06:00:00Z", {"order": order, "quantity": amount} | extra
        ),
        st.sampled_from(["production.reported", "production.consumed", "production.scrapped"]),
        TEXT,
        AMOUNT,
        st.fixed_dictionaries(
            {"unit": TEXT, "item": TEXT}, optional={"lot": TEXT, "operation": TEXT}
        ),
    )
    | st.builds(
        lambda code, order: b2mml.Event(code, "2026-03-24T06:00:00Z", {"order": order}),
        st.sampled_from(
            [code for code in b2mml.STATES if code != "production.operation.resumed"]
        ),
        TEXT,
    ),
    min_size=1,
    max_size=12,
)


@given(EVENTS)
def test_reports_come_back_as_they_were(events):
    document = through_xml(b2mml.write_performance(events, ENVELOPE))
    read = b2mml.read_performance(document)
    by_order = sorted(events, key=lambda event: list(dict.fromkeys(
        e.payload["order"] for e in events)).index(event.payload["order"]))
    assert read == by_order


@pytest.mark.parametrize(
    "code", ["production.reported", "production.consumed", "production.operation.started"]
)
def test_reports_read_fit_their_contract(code):
    payload = sample(code)
    event = b2mml.Event(code, "2026-03-24T06:00:00Z", payload)
    (read,) = b2mml.read_performance(through_xml(b2mml.write_performance([event], ENVELOPE)))
    check(read.contract, read.payload)
    assert read.contract == code


def test_lots_and_the_rest_without_lot_add_up():
    order = sample("production.order.released")
    order["components"][0] |= {"quantity": 25, "lots": [{"lot": "A", "quantity": 10}]}
    document = b2mml.write_schedule([order], ENVELOPE)
    _verb, (read,) = b2mml.read_schedule(document)
    (component,) = read["components"]
    assert component["quantity"] == 25
    assert component["lots"] == [{"lot": "A", "quantity": 10}]


FOREIGN = b"""<?xml version="1.0"?>
<b:ProcessOperationsPerformance xmlns:b="http://www.mesa.org/xml/B2MML" releaseID="V0700">
  <b:ApplicationArea><b:CreationDateTime>2026-03-24T06:00:00Z</b:CreationDateTime></b:ApplicationArea>
  <b:DataArea><b:Process/>
    <b:OperationsPerformance><b:ID>P</b:ID>
      <b:OperationsResponse><b:ID>R</b:ID><b:OperationsRequestID>MES/1</b:OperationsRequestID>
        <b:SegmentResponse><b:ID>S</b:ID><b:ActualEndTime>2026-03-24T07:00:00Z</b:ActualEndTime>
          <b:MaterialActual><b:ID>1</b:ID><b:MaterialDefinitionID>FG</b:MaterialDefinitionID>
            <b:MaterialLotID>L-1</b:MaterialLotID><b:MaterialUse>Material Produced</b:MaterialUse>
            <b:Quantity><b:QuantityString> 6.5 </b:QuantityString><b:DataType>double</b:DataType>
              <b:UnitOfMeasure>EA</b:UnitOfMeasure></b:Quantity></b:MaterialActual>
          <!-- older word -->
          <b:MaterialActual><b:ID>2</b:ID><b:MaterialDefinitionID>RM</b:MaterialDefinitionID>
            <b:MaterialUse>Material Consumed</b:MaterialUse>
            <b:Quantity><b:QuantityString>0</b:QuantityString>
              <b:UnitOfMeasure>KGM</b:UnitOfMeasure></b:Quantity></b:MaterialActual>
        </b:SegmentResponse>
      </b:OperationsResponse>
    </b:OperationsPerformance>
  </b:DataArea>
</b:ProcessOperationsPerformance>"""


def test_what_others_write_is_understood():
    produced, consumed = b2mml.read_performance(b2mml_xml.from_xml(FOREIGN))
    assert produced == b2mml.Event(
        "production.reported",
        "2026-03-24T07:00:00Z",
        {"order": "MES/1", "item": "FG", "quantity": 6.5, "unit": "EA", "lot": "L-1"},
    )
    assert consumed.payload == {"order": "MES/1", "item": "RM", "quantity": 0, "unit": "KGM"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((b"MES/1", b""), "OperationsRequestID is missing"),
        ((b"Material Produced", b"Retained Sample"), "Retained Sample"),
        ((b" 6.5 ", b"many"), "is no number"),
        ((b" 6.5 ", b"-1"), "is no quantity"),
        ((b" 6.5 ", b"INF"), "is no quantity"),
        ((b" 6.5 ", b"inf"), "is no number"),
        ((b">RM<", b"><"), "MaterialDefinitionID is missing"),
        ((b"xml/B2MML", b"xml/other"), "namespace"),
        ((b"ProcessOperationsPerformance", b"SyncOperationsPerformance"), "is no Process"),
        ((b'<?xml version="1.0"?>', b'<!DOCTYPE x [<!ENTITY a "b">]>'), "document type"),
        ((b"</b:DataArea>", b""), "is no XML"),
    ],
)
def test_what_cannot_be_read_is_named(change, reason):
    with pytest.raises(values.B2mmlError, match=reason):
        b2mml.read_performance(b2mml_xml.from_xml(FOREIGN.replace(*change)))


def test_entities_are_not_resolved(tmp_path):
    secret = Path(tmp_path / "secret")
    secret.write_text("leaked")
    raw = FOREIGN.replace(
        b'<?xml version="1.0"?>',
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'.encode(),
    ).replace(b">L-1<", b">&a;<")
    with pytest.raises(values.B2mmlError):
        b2mml_xml.from_xml(raw)


def test_schedule_without_an_order_is_refused():
    with pytest.raises(values.B2mmlError):
        b2mml.write_schedule([], ENVELOPE)
