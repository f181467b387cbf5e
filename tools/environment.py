"""The set-up that every command begins with."""

import os
from dataclasses import dataclass
from pathlib import Path

from tools.odoo_source import find_odoo
from tools.paths import Paths
from tools.postgres import Postgres, start_postgres
from tools.python_env import ensure_venv


@dataclass(frozen=True)
class Environment:
    """Odoo, Python packages and a running PostgreSQL."""

    paths: Paths
    odoo: Path
    postgres: Postgres


def set_up(paths: Paths | None = None) -> Environment:
    """Fetch, install and start what is missing; quick when nothing is.

    :raises tools.console.Problem: with a sentence that says what to do.
    """
    paths = paths or Paths()
    paths.runtime.mkdir(parents=True, exist_ok=True)
    _keep_bytecode(paths)
    odoo = find_odoo(paths)
    ensure_venv(paths, odoo)
    return Environment(paths, odoo, start_postgres(paths))


def _keep_bytecode(paths: Paths) -> None:
    """Let processes that are started from here on compile each module once.

    Odoo is started by the hundred in a test run; where the machine forbids bytecode,
    each start would cost seconds of compiling.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(paths.cache / "bytecode")
