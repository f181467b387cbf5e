import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

readers = load_lib("integration_file", "readers")


def read(content, form, path="", encoding="utf-8", delimiter=","):
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    return list(
        readers.read_records(
            raw, form, encoding=encoding, delimiter=delimiter, path=path
        )
    )


def test_csv_with_a_mark_quotes_and_line_breaks():
    text = '\ufeffa;b\n1;"two\nlines"\n\n3;"say ""hi"""\n'
    assert read(text, "csv", delimiter=";") == [
        {"a": "1", "b": "two\nlines"},
        {"a": "3", "b": 'say "hi"'},
    ]


CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"))


@given(st.lists(st.tuples(CELLS, CELLS), max_size=10))
def test_what_csv_writers_write_is_read(rows):
    rows = [row for row in rows if row[0] or row[1]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("a", "b"), *rows])
    found = read(buffer.getvalue(), "csv")
    assert [(record["a"], record["b"]) for record in found] == rows


@pytest.mark.parametrize(
    ("content", "form", "path", "said"),
    [
        ("", "csv", "", "no header"),
        ("a,a\n1,2\n", "csv", "", "same name"),
        ("a,b\n1\n", "csv", "", "Line 2 has 1 values"),
        ('a\n"open\n', "csv", "", "Line"),
        (b"a\n\xff\n", "csv", "", "Byte 2 is not utf-8"),
        ("{", "json", "", "Line 1"),
        ('{"a": 1}', "json", "b", "no member 'b'"),
        ("[1]", "json", "", "Record 1"),
        ("<a>", "xml", "", "Line 1"),
        ("<a/>", "xml", "b", "no element 'b'"),
        ("<a/>", "xml", "*", "no element '*'"),
        ("", "xml", "", "Line"),
        ("", "xml", "b", "Line"),
        ("<a><b/>", "xml", "b", "Line 1"),
        ('<?xml version="1.0" encoding="none"?><a/>', "xml", "", "Line"),
        ("<!DOCTYPE a><a/>", "xml", "b", "document type"),
        ("<a>" + "<r/>" * 2_000_001 + "</a>", "xml", "", "too many elements"),
    ],
)
def test_a_fault_names_the_place(content, form, path, said):
    with pytest.raises(readers.FileFormatError, match=said):
        read(content, form, path)


def test_xml_attributes_lists_and_namespaces():
    text = '<l xmlns="urn:x"><m id="7"><t>one</t><t>two</t></m><m/></l>'
    assert read(text, "xml", "m") == [{"@id": "7", "t": ["one", "two"]}, {"value": ""}]


def test_xml_reads_nothing_from_outside_and_does_not_grow():
    attack = (
        '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">'
        '<!ENTITY y "zzzz">]><l><m>&x;&y;</m></l>'
    )
    with pytest.raises(readers.FileFormatError, match="document type"):
        read(attack, "xml", "m")


def test_xml_elements_inside_another_of_the_same_name_are_records_too():
    text = "<!-- c --><l><m><k>1</k><m><k>2</k></m></m><n/><m>3</m></l>"
    inner = {"k": "2"}
    assert read(text, "xml", "m") == [{"k": "1", "m": inner}, inner, {"value": "3"}]


def test_a_large_file_is_read_record_by_record():
    for form, content, path in (
        ("csv", b"a\n" + b"1\n" * 200_000, ""),
        ("xml", b"<l>" + b"<m/>" * 200_000 + b"</l>", "m"),
    ):
        tracemalloc.start()
        records = readers.read_records(
            content, form, encoding="utf-8", delimiter=",", path=path
        )
        assert sum(1 for _record in records) == 200_000
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * len(content)


def test_xml_text_goes_on_behind_a_comment():
    text = "<l><m>one<!-- and --><?so on?><![CDATA[ two]]></m></l>"
    assert read(text, "xml", "m") == [{"value": "one two"}]
    assert read(text, "xml") == [{"m": "one two"}]
