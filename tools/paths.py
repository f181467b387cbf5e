"""Where everything lives that is not committed."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Paths:
    """Folders below ``.runtime``; ``make clean`` removes it whole."""

    runtime: Path = Path(os.environ.get("RUNTIME_DIR") or PROJECT / ".runtime")

    @property
    def cache(self) -> Path:
        return self.runtime / "cache"

    @property
    def odoo_root(self) -> Path:
        return self.runtime / "odoo"

    @property
    def venv(self) -> Path:
        return self.runtime / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin/python"

    @property
    def odoo_command(self) -> Path:
        return self.venv / "bin/odoo"

    @property
    def postgres(self) -> Path:
        return self.runtime / "postgres"

    @property
    def data(self) -> Path:
        """Odoo's own data folder: file stores, sessions."""
        return self.runtime / "data"

    @property
    def logs(self) -> Path:
        return self.runtime / "logs"

    @property
    def addons(self) -> Path:
        return PROJECT / "addons"

    @property
    def test_addons(self) -> Path:
        return PROJECT / "tests" / "addons"
