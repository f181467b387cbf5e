"""Programs that come from the machine, installed when we may and named when not."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tools.console import Problem, progress

# The oldest that we are tested with.
PYTHON_VERSION = (3, 11)
# What must be there → the Debian packages that bring it.
PROGRAMS = {
    "postgres": ("postgresql",),
    "venv": ("python3-venv",),
    "chromium": ("chromium",),
    "node": ("nodejs", "npm"),
    "mosquitto": ("mosquitto",),
}


def require(names: Iterable[str]) -> None:
    """Make sure that these programs are there.

    :raises Problem: when something is missing and this user cannot install it.
    """
    missing = [name for name in names if not _is_there(name)]
    if not missing:
        return
    packages = sorted({package for name in missing for package in PROGRAMS[name]})
    command = f"apt-get install -y {' '.join(packages)}"
    if os.geteuid() or not shutil.which("apt-get"):
        raise Problem(
            f"This machine lacks {', '.join(missing)}, and only root can install it. "
            f"Ask an administrator to run: {command}"
        )
    with progress(f"Installing {', '.join(packages)}"):
        _install(packages)
    still_missing = [name for name in missing if not _is_there(name)]
    if still_missing:
        raise Problem(f"{', '.join(still_missing)} did not come with: {command}")


def _is_there(name: str) -> bool:
    if name == "postgres":
        return find_postgres_binaries() is not None
    if name == "venv":
        return _can_run(find_python(), "import ensurepip, venv")
    if name == "node":
        return bool(shutil.which("node") and shutil.which("npm"))
    return bool(find_program(name))


def find_python() -> str:
    """Return the Python to run Odoo with: the distribution's own, where it is recent.

    It is built with optimisations that one compiled on the machine seldom has: Odoo
    takes a fifth less time. It is also what ``apt`` brings.
    """
    own = "/usr/bin/python3"
    recent = f"import sys; sys.exit(sys.version_info < {PYTHON_VERSION})"
    return own if os.path.exists(own) and _can_run(own, recent) else "python3"


def _can_run(python: str, code: str) -> bool:
    finished = subprocess.run([python, "-c", code], capture_output=True, check=False)
    return finished.returncode == 0


def find_program(name: str) -> str | None:
    """Return where a program is; also one that only root has on its path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _install(packages: list[str]) -> None:
    # postgresql's own cluster is of no use here and would take its port.
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
    first = subprocess.run(install, env=environment, capture_output=True, check=False)
    if first.returncode == 0:
        return
    subprocess.run(["apt-get", "-qq", "update"], env=environment, check=False)
    second = subprocess.run(
        install, env=environment, capture_output=True, text=True, check=False
    )
    if second.returncode:
        raise Problem(f"apt-get could not install {packages}:\n{second.stderr.strip()}")


def find_postgres_binaries() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, newest version first."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: (
            int(folder.parent.name) if folder.parent.name.isdigit() else 0
        ),
        reverse=True,
    )
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None
