"""The virtual environment: Odoo's Python dependencies, ours and the test tools."""

import hashlib
import os
import subprocess
from pathlib import Path

from tools.console import Problem, progress
from tools.paths import PROJECT, Paths
from tools.system_packages import find_python, require

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


def ensure_venv(paths: Paths, odoo: Path) -> None:
    """Create or complete the environment; a second call costs nothing."""
    wanted = _fingerprint(odoo)
    stamp = paths.venv / ".complete"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    require(["venv"])
    with progress("Installing Python packages"):
        if not paths.python.exists():
            _run(find_python(), "-m", "venv", str(paths.venv))
            _run(str(paths.python), "-m", "pip", "install", "-q", "uv")
        files = [argument for name in REQUIREMENTS for argument in ("-r", name)]
        _run(
            str(paths.venv / "bin/uv"),
            "pip",
            "install",
            "-q",
            "--python",
            str(paths.python),
            *files,
            environment={
                "UV_CACHE_DIR": str(paths.cache / "uv"),
                # A proxy's certificate is known to the machine, not to uv's own list.
                "UV_SYSTEM_CERTS": "1",
                "UV_NATIVE_TLS": "1",
            },
        )
    site_packages = next((paths.venv / "lib").glob("python3*/site-packages"))
    (site_packages / "odoo-source.pth").write_text(f"{odoo}\n")
    _write_launcher(paths)
    stamp.write_text(wanted)


def _write_launcher(paths: Paths) -> None:
    """Write a script that starts Odoo: its prefork server starts it again for itself."""
    paths.odoo_command.write_text(
        f"#!{paths.python}\nimport odoo.cli\n\nodoo.cli.main()\n"
    )
    paths.odoo_command.chmod(0o755)


def _fingerprint(odoo: Path) -> str:
    digest = hashlib.sha256(f"{odoo} {__file__}".encode())
    digest.update(Path(__file__).read_bytes())
    for name in REQUIREMENTS:
        digest.update((PROJECT / name).read_bytes())
    return digest.hexdigest()


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        output = (result.stderr or result.stdout).strip()
        raise Problem(f"{' '.join(command[:4])} … failed:\n{output}")
