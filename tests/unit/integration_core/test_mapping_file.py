import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

mapping_file = load_lib("integration_core", "mapping_file")
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1, max_size=30
).filter(lambda text: text == text.strip())


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_what_is_written_is_read_back(pairs):
    rows = [
        {"domain": "item", "external_code": code, "record": key} for code, key in pairs
    ]
    read = mapping_file.read_rows(mapping_file.write_rows(rows).encode())
    assert [(r.values["external_code"], r.values["record"]) for r in read] == pairs


def test_no_cell_is_a_formula():
    text = mapping_file.write_rows([{"domain": "item", "external_code": "=1+1"}])
    assert ",'=1+1," in text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"", "lacks the column"),
        (b"domain,external_code\n", "lacks the column record"),
        (b"domain,external_code,record,colour\n", "Unknown column colour"),
    ],
)
def test_file_that_cannot_be_read_says_why(content, why):
    with pytest.raises(mapping_file.MappingFileError, match=why):
        mapping_file.read_rows(content)


def test_semicolons_and_faults_are_told_by_line():
    rows = mapping_file.read_rows(b"domain;external_code;record\nitem;A;\nitem;B;C;D\n")
    assert [(row.number, row.faults) for row in rows] == [
        (2, ("record is empty",)),
        (3, ("more cells than the heading has columns",)),
    ]
