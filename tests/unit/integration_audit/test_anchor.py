import json
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

anchor = load_lib("integration_audit", "anchor")

ROWS = st.dictionaries(
    st.integers(1, 2**31 - 1), st.binary(min_size=8, max_size=8), max_size=20
)


def put_together(rows):
    return b"".join(
        anchor._PRINT.pack(row_id, bytes(16), digest)
        for row_id, digest in sorted(rows.items())
    )


@given(ROWS, ROWS)
def test_every_difference_is_named_and_no_other(before, now):
    found = anchor.compare(anchor.pack(put_together(before)), put_together(now))
    assert {row.row_id for row in found.gone} == before.keys() - now.keys()
    assert {row.row_id for row in found.added} == now.keys() - before.keys()
    assert {row.row_id for row in found.changed} == {
        key for key in before.keys() & now.keys() if before[key] != now[key]
    }


def test_a_line_survives_and_a_torn_one_is_none():
    anchored = anchor.Anchored("ledger", 1, 1, 5, "2026-01-01T00:00:00Z", "ab", "")
    line = anchor.write_line(anchored)
    assert anchor.read_line(line) == anchored
    assert anchor.read_line(line[:-5]) is None
    assert anchor.read_line(b'{"unknown": 1}\n') is None
    for edited in ({"number": "1"}, {"rows": "abc"}, {"rows": "QUJD"}, {"mac": None}):
        changed = json.dumps(json.loads(line) | edited).encode()
        assert anchor.read_line(changed) is None, edited


def test_a_row_is_called_by_its_uuid_where_it_has_one():
    name = uuid4()
    assert str(name) in anchor.RowPrint(7, name.bytes, bytes(8)).label
    assert anchor.RowPrint(7, bytes(16), bytes(8)).label == "row 7"
