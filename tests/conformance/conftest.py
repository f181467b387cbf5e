import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

from tests.unit.libs import load_lib

SCHEMA = "EPCIS-JSON-Schema.json"
# The schema leans on the format "uri" (any name would pass without it), and jsonschema
# checks that only with packages we do not need otherwise. RFC 3986.
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

checker = FormatChecker(formats=("date-time",))


@checker.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or bool(URI.fullmatch(value))


def find_data():
    """Return the folder of the official files; missing, it fails the run."""
    folder = Path(os.environ.get("EPCIS_DATA", ""))
    if not os.environ.get("EPCIS_DATA") or not (folder / SCHEMA).is_file():
        raise pytest.UsageError(
            "EPCIS_DATA must name the folder that holds the official "
            f"{SCHEMA} and examples; it says '{os.environ.get('EPCIS_DATA', '')}'."
        )
    return folder


def find_documents(*, valid):
    """Return the documents of the folder; those under ``Invalid`` must be refused."""
    return [
        path
        for pattern in ("*.jsonld", "*.json")
        for path in sorted(find_data().rglob(pattern))
        if path.name != SCHEMA and ("Invalid" in path.parts) is not valid
    ]


def pytest_generate_tests(metafunc):
    if "example" in metafunc.fixturenames:
        paths = find_documents(valid=True)
        metafunc.parametrize("example", paths, ids=[path.name for path in paths])


@pytest.fixture(scope="session")
def schema():
    document = json.loads((find_data() / SCHEMA).read_text())
    Draft7Validator.check_schema(document)
    return Draft7Validator(document, format_checker=checker)


@pytest.fixture(scope="session")
def find_schema_faults(schema):
    """Return a function: document → what the official schema says against it."""

    def find(document):
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in schema.iter_errors(document)
        ]

    return find


DEMO = Path(__file__).resolve().parents[2] / ".runtime" / "demo-epcis.json"


@pytest.fixture
def demo_document():
    """Return what the demo exported; before its first run, an export of nothing."""
    if DEMO.exists():
        return json.loads(DEMO.read_text())
    epcis = load_lib("traceability", "epcis")
    return epcis.build_document([], created_at=datetime(2026, 1, 1, tzinfo=UTC))
