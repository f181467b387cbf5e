"""Files as records: CSV, JSON and XML, with a fault that names the place."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

Record = dict[str, Any]
# Nothing outside of the file is read, and nothing in it grows.
XML_OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    # What stands on both sides of a comment is one text.
    "remove_comments": True,
    "remove_pis": True,
}
NAME = re.compile(r"[^\s{}*]+")
# Of "<" in a file, two for each element: where records are let go one by one, and where
# all stays in memory until it is one record.
MARKS_MAX = 10_000_000
MARKS_MAX_WHOLE = 2_000_000


class FileFormatError(ValueError):
    """The file cannot be read; the text says where and why."""


def read_records(
    content: bytes, form: str, *, encoding: str, delimiter: str, path: str
) -> Iterator[Record]:
    """Yield the records of a file; as few as possible are in memory at a time.

    :param form: ``csv``, ``json`` or ``xml``.
    :param path: where the records are: members of JSON separated by dots, or the name
        of an XML element; empty: the whole.
    :raises FileFormatError: when it cannot be read; maybe after many records.
    """
    if form == "csv":
        yield from _read_csv(_decode(content, encoding), delimiter)
    elif form == "json":
        yield from _read_json(_decode(content, encoding), path)
    else:
        yield from _read_xml(content, path)


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"Byte {error.start} is not {encoding}.") from error


def _read_csv(text: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
        if not header:
            raise FileFormatError("The file has no header line.")
        if len(set(header)) != len(header):
            raise FileFormatError("Two columns have the same name.")
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise FileFormatError(
                    f"Line {reader.line_num} has {len(row)} values and the header "
                    f"{len(header)}."
                )
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise FileFormatError(f"Line {reader.line_num}: {error}.") from error


def _read_json(text: str, path: str) -> list[Record]:
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_unique_names
        )
    except json.JSONDecodeError as error:
        raise FileFormatError(
            f"Line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise FileFormatError("It nests too deep.") from error
    except FileFormatError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise FileFormatError(f"{error}.") from error
    for name in filter(None, path.split(".")):
        if not isinstance(value, dict) or name not in value:
            raise FileFormatError(f"There is no member '{name}'.")
        value = value[name]
    records = value if isinstance(value, list) else [value]
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise FileFormatError(f"Record {number} is not a JSON object.")
    return records


def _refuse_constant(name: str) -> float:
    raise FileFormatError(f"{name} is not a JSON number.")


def _unique_names(pairs: list[tuple[str, Any]]) -> Record:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FileFormatError("An object names a member twice.")
    return result


def _read_xml(content: bytes, path: str) -> Iterator[Record]:
    # An element costs a hundred times its bytes while it is in memory.
    if content.count(b"<") > (MARKS_MAX if path else MARKS_MAX_WHOLE):
        raise FileFormatError(
            "It has too many elements: split it, or name the element that is a record."
        )
    for element in _find_elements(content, path) if path else _find_root(content):
        value = _as_value(element)
        yield value if isinstance(value, dict) else {"value": value}


def _find_root(content: bytes) -> Iterator[Any]:
    try:
        root = etree.fromstring(content, etree.XMLParser(**XML_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise FileFormatError(f"Line {error.lineno}: {error.msg}.") from error
    _refuse_doctype(root)
    yield root


def _find_elements(content: bytes, name: str) -> Iterator[Any]:
    """Yield the elements of a name one by one, and forget each of them."""
    # Some signs mean more than themselves to the parser.
    tag = f"{{*}}{name}" if NAME.fullmatch(name) else "{}none"
    walk = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), tag=tag, **XML_OPTIONS
    )
    depth, found = 0, False
    try:
        for event, element in walk:
            if not found:
                found = True
                _refuse_doctype(element)
            depth += 1 if event == "start" else -1
            if depth == 0:  # those inside another come with the outermost
                yield from element.iter(tag)
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise FileFormatError(f"Line {error.lineno}: {error.msg}.") from error
    _refuse_doctype(walk.root)
    if not found:
        raise FileFormatError(f"There is no element '{name}'.")


def _refuse_doctype(element: Any) -> None:
    if element.getroottree().docinfo.doctype:
        raise FileFormatError("A document type declaration is not accepted.")


def _forget(element: Any) -> None:
    """Let go of an element and of what stands before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _as_value(element: Any) -> Any:
    """Return an element as JSON: its text, or its attributes and children by name.

    Children of the same name become a list.
    """
    children = [child for child in element if isinstance(child.tag, str)]
    if not children and not element.attrib:
        return (element.text or "").strip()
    value: Record = {f"@{name}": text for name, text in element.attrib.items()}
    for child in children:
        name = etree.QName(child).localname
        found = _as_value(child)
        if name not in value:
            value[name] = found
        elif isinstance(value[name], list):
            value[name].append(found)
        else:
            value[name] = [value[name], found]
    if not children:
        value["text"] = (element.text or "").strip()
    return value
