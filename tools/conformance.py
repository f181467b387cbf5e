"""``make conformance``: what others wrote, captured by a real repository and checked."""

import os
import subprocess
from pathlib import Path

from tools import database
from tools.console import Problem, say
from tools.environment import set_up
from tools.paths import PROJECT

SCHEMA = "EPCIS-JSON-Schema.json"
SUFFIXES = (".json", ".jsonld")


def run_conformance(epcis_data: str, b2mml_data: str) -> int:
    """Check against official EPCIS documents and their schema. Returns an exit code.

    :param epcis_data: a folder of documents, at any depth; its schema, or else that of
        the folder of official files beside the project, is what our export must pass.
    :param b2mml_data: MESA's schemas of B2MML; without them it is not checked.
    :raises Problem: when there are no documents.
    """
    folder = Path(epcis_data).expanduser().resolve()
    documents = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    if any(folder.rglob("*.xml")):
        say("Documents in XML are left out: the repository speaks JSON.")
    schema = _find_schema(folder)
    if not set(documents) - {schema}:
        raise Problem(
            f"{folder} holds no EPCIS documents. The official files are GS1's and not "
            "ours to ship: name their folder with make conformance EPCIS_DATA=<folder>."
        )
    tests = ["tests/conformance"]
    if not schema:
        say(f"No {SCHEMA}: our own export is not held against it this time.")
        tests = ["tests/conformance/test_documents.py"]
    b2mml = Path(b2mml_data).expanduser().resolve()
    if not (b2mml / "AllSchemas.json").exists():
        say(f"B2MML is not checked: {b2mml} holds no AllSchemas.json of MESA's.")
        tests.append("--ignore=tests/conformance/test_b2mml.py")
    elif tests != ["tests/conformance"]:
        tests.append("tests/conformance/test_b2mml.py")
    environment = set_up()
    template = database.ensure_suite_template(
        environment.paths, environment.postgres, environment.odoo
    )
    return subprocess.run(
        [
            environment.paths.python,
            "-m",
            "pytest",
            "-p",
            "no:odoo",
            "-q",
            *tests,
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "EPCIS_DATA": str(folder),
            "B2MML_DATA": str(b2mml),
            "EPCIS_SCHEMA": str(schema or ""),
            "SUITE_TEMPLATE": template,
        },
        check=False,
    ).returncode


def _find_schema(folder: Path) -> Path | None:
    official = PROJECT.parent / "shared/data/epcis"
    for place in (folder, official):
        for path in sorted(place.rglob(SCHEMA)) if place.exists() else ():
            return path
    return None
