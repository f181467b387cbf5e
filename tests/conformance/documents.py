"""The documents that others wrote, and what ``make conformance`` knows of them."""

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("EPCIS_DATA") or "EPCIS_DATA-is-not-set")
SCHEMA = Path(os.environ.get("EPCIS_SCHEMA") or "EPCIS_SCHEMA-is-not-set")
SUFFIXES = (".json", ".jsonld")


def load(path: Path) -> Any:
    """Return a document, or None when the file is no JSON at all."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None


def _is_document(path: Path) -> bool:
    """Schemas and other JSON that lies beside documents are not documents."""
    if is_invalid(path):
        return True
    document = load(path)
    return isinstance(document, dict) and "@context" in document and "type" in document


def is_invalid(path: Path) -> bool:
    """Return whether a document is there to be refused: one named ``Invalid``."""
    return "invalid" in str(path.relative_to(FOLDER)).lower()


def _find() -> list[Path]:
    files = [path for path in FOLDER.rglob("*") if path.suffix.lower() in SUFFIXES]
    return sorted(path for path in files if path != SCHEMA and _is_document(path))


DOCUMENTS = _find()
VALID = [path for path in DOCUMENTS if not is_invalid(path)]
INVALID = [path for path in DOCUMENTS if is_invalid(path)]


def name(path: Path) -> str:
    """Return what a test is called by."""
    return str(path.relative_to(FOLDER).with_suffix(""))


def events_of(document: Any) -> list[Any]:
    """Return the events of a document, the answer to a query, or a single event."""
    body = document.get("epcisBody")
    if body is None:
        return [document]
    if "queryResults" in body:
        body = body["queryResults"]["resultsBody"]
    return body["eventList"]
