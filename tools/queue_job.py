"""OCA's queue_job: a control of the benchmarks, and what the scale-out addon builds on.

It comes from PyPI into a folder of its own: its packages would shadow Odoo's.
"""

import subprocess
from pathlib import Path

from tools.console import Problem, progress
from tools.paths import Paths

PACKAGES = ("odoo-addon-queue-job==19.0.2.4.0.1", "openupgradelib==3.13.7")


def ensure_queue_job(paths: Paths) -> Path:
    """Return the addons folder that holds ``queue_job``; fetched once."""
    folder = paths.runtime / "oca"
    stamp = folder / ".complete"
    if not stamp.exists() or stamp.read_text() != " ".join(PACKAGES):
        with progress("Fetching queue_job"):
            result = subprocess.run(
                [
                    paths.python,
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--no-deps",
                    "--upgrade",
                    "--target",
                    folder,
                    *PACKAGES,
                ],
                check=False,
                capture_output=True,
                text=True,
            )
        if result.returncode:
            raise Problem(f"queue_job could not be fetched:\n{result.stderr}")
        stamp.write_text(" ".join(PACKAGES))
    site_packages = next((paths.venv / "lib").glob("python3*/site-packages"))
    (site_packages / "oca-packages.pth").write_text(f"{folder}\n")
    return folder / "odoo" / "addons"
