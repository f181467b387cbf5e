from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

envelope = load_lib("integration_core", "envelope")
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/mes",
    "type": "production.reported",
    "subject": "WO-7",
    "sequence": "12",
    "time": "2026-03-01T13:00:00.250+01:00",
    "dataschema": "urn:contract:production.reported:1.0",
    "data": {"good": 3},
}


def pointers(**changes):
    event = {
        name: value for name, value in (EVENT | changes).items() if value is not ...
    }
    result = envelope.read_event(event)
    return [] if isinstance(result, envelope.Envelope) else [f.pointer for f in result]


def test_complete_event_is_read():
    read = envelope.read_event(EVENT)
    assert (read.type, read.version, read.order_key) == (
        "production.reported",
        "1.0",
        "WO-7",
    )
    assert read.sequence == 12
    assert read.occurred_at == datetime(2026, 3, 1, 12, 0, 0, 250000)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": ...}, "/id"),
        ({"id": ""}, "/id"),
        ({"id": 5}, "/id"),
        ({"id": "x" * 256}, "/id"),
        ({"source": None}, "/source"),
        ({"type": ..., "dataschema": ...}, "/type"),
        ({"data": ...}, "/data"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"sequence": "-1"}, "/sequence"),
        ({"sequence": "1" * 19}, "/sequence"),
        ({"sequence": True}, "/sequence"),
        ({"time": "yesterday"}, "/time"),
        ({"time": "2026-03-01T12:00:00"}, "/time"),
        ({"time": "2026-02-30T12:00:00Z"}, "/time"),
        ({"dataschema": "x"}, "/dataschema"),
        ({"dataschema": "urn:contract:other:1.0"}, "/dataschema"),
        ({"subject": []}, "/subject"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "/time"),
    ],
)
def test_each_fault_names_its_attribute(changes, pointer):
    assert pointers(**changes) == [pointer]


@pytest.mark.parametrize("event", [None, [], "x", 3])
def test_what_is_not_an_object_is_refused(event):
    assert [fault.pointer for fault in envelope.read_event(event)] == [""]


@given(
    st.dictionaries(
        st.sampled_from(sorted(EVENT)),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_any_object_is_survived(event):
    envelope.read_event(event)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_moments_survive_to_the_millisecond(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert envelope.parse_moment(envelope.write_moment(moment)) == moment
