"""B2MML of strangers: understood, or refused with a reason; nothing else ever happens."""

import copy
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib
from tests.unit.mes_bridge.test_b2mml import ENVELOPE, FOREIGN, sample

b2mml = load_lib("mes_bridge", "b2mml")
b2mml_xml = load_lib("mes_bridge", "b2mml_xml")
messages = load_lib("mes_bridge", "b2mml_messages")
values = load_lib("mes_bridge", "b2mml_values")
LAUGHS = "".join(
    f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9)
)


def declare(doctype):
    return FOREIGN.replace(b'<?xml version="1.0"?>', doctype.encode())


@pytest.mark.parametrize(
    "raw",
    [
        declare(f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>').replace(b"L-1", b"&a9;"),
        declare(f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>').replace(
            b'releaseID="V0700"', b'releaseID="&a9;"'
        ),
        declare('<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">'),
        declare('<!DOCTYPE x PUBLIC "-//X//EN" "file:///etc/hostname">'),
        declare('<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>'),
        declare('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>').replace(
            b"L-1", b"&a;"
        ),
        declare('<!DOCTYPE x [<!ATTLIST x y CDATA "z">]>'),
        FOREIGN.replace(b"L-1", b"&undeclared;"),
        FOREIGN.replace(b"L-1", b"<a>" * 100_000),
        FOREIGN.replace(b"L-1", b"&#0;"),
        b"",
        b"\0" * 10,
        b"{}",
        b" " * (b2mml_xml.MAX_BYTES + 1),
    ],
    ids=range(14),
)
def test_hostile_xml_is_refused_at_once(raw):
    begin = time.monotonic()
    with pytest.raises(values.B2mmlError):
        messages.prepare_messages(b2mml_xml.from_xml(raw))
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("text", ["1_000", "1,5", "0x10", "nan", "1e999", "", "١"])
def test_what_is_no_decimal_is_no_quantity(text):
    raw = FOREIGN.replace(b" 6.5 ", text.encode())
    with pytest.raises(values.B2mmlError, match=r"is no (number|quantity)|is missing"):
        b2mml.read_performance(b2mml_xml.from_xml(raw))


def documents():
    events = [
        b2mml.Event(code, "2026-03-24T06:00:00Z", sample(code))
        for code in ("production.reported", "production.operation.started")
    ]
    yield b2mml.write_performance(events, ENVELOPE)
    yield b2mml_xml.from_xml(FOREIGN)
    answer = {"ID": "1", "ResponseState": "x"}
    yield {"AcknowledgeOperationsSchedule": {"DataArea": {"OperationsSchedule": answer}}}


DOCUMENTS = list(documents())
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["$", "ID", "@x"]), inner, max_size=2),
    max_leaves=4,
)


def places(node, path=()):
    """Return the paths of all members of a document."""
    yield path
    members = node.items() if isinstance(node, dict) else enumerate(node)
    if isinstance(node, (dict, list)):
        for name, value in members:
            yield from places(value, (*path, name))


@given(st.sampled_from(DOCUMENTS), st.data())
def test_whatever_stands_somewhere_it_is_read_or_refused(document, data):
    document = copy.deepcopy(document)
    every = [path for path in places(document) if path]
    for path in data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=3)):
        node = document
        try:
            for name in path[:-1]:
                node = node[name]
            node[path[-1]] = data.draw(JUNK)
        except (LookupError, TypeError):
            # Something above it was replaced already.
            continue
    try:
        events = messages.prepare_messages(document)
    except values.B2mmlError:
        return
    json.dumps(events)
