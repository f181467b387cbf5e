"""``make conformance``: what others wrote, read and checked by us."""

import os
import subprocess
from pathlib import Path

from tools.console import Problem
from tools.odoo_source import find_odoo
from tools.paths import PROJECT, Paths
from tools.python_env import ensure_venv


def run_conformance(epcis_data: str) -> int:
    """Check against the official EPCIS schema and examples. Returns an exit code.

    :raises Problem: when the files are not there.
    """
    folder = Path(epcis_data).expanduser().resolve()
    if not (folder / "EPCIS-JSON-Schema.json").exists():
        raise Problem(
            f"{folder} holds no EPCIS-JSON-Schema.json. The official files are GS1's and "
            "not ours to ship: name their folder with make conformance EPCIS_DATA=<folder>."
        )
    paths = Paths()
    ensure_venv(paths, find_odoo(paths))
    return subprocess.run(
        [paths.python, "-m", "pytest", "-p", "no:odoo", "-q", "tests/conformance"],
        cwd=PROJECT,
        env={**os.environ, "EPCIS_DATA": str(folder)},
        check=False,
    ).returncode
