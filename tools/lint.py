"""``make lint``: the same checks for everybody, from the registries only."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.console import Problem, progress, say
from tools.odoo_source import find_odoo
from tools.paths import PROJECT, Paths
from tools.python_env import ensure_venv
from tools.system_packages import require

PARALLEL = 2
WEB_FILES = "addons/**/*.{js,xml,scss,json}"
# Left out: README.md takes the place of README.rst; commits stand where a worker has to
# make something durable, each with its reason; ledgers refuse in unlink() on purpose; the
# mapping domains are a handful; a model that grew is split along its ideas.
PYLINT_LEFT_OUT = (
    "missing-readme,invalid-commit,no-raise-unlink,no-search-all,"
    "consider-merging-classes-inherited"
)


@dataclass(frozen=True)
class Check:
    """One program and its arguments."""

    name: str
    command: tuple[str | Path, ...]


def run_lint() -> int:
    """Run every check. Returns an exit code."""
    paths = _prepare()
    checks = _checks(paths)
    with ThreadPoolExecutor(PARALLEL) as pool:
        results = list(pool.map(_run, checks))
    failed = [check.name for check, ok in zip(checks, results, strict=True) if not ok]
    say(f"Lint: {', '.join(failed)} found something." if failed else "Lint: all clean.")
    return 1 if failed else 0


def run_format() -> int:
    """Apply what ruff and prettier can mend by themselves."""
    paths = _prepare()
    ruff = paths.venv / "bin/ruff"
    commands = (
        (ruff, "check", "--fix", "-q", "."),
        (*_prettier(paths), "--write", WEB_FILES),
    )
    return max(subprocess.run(c, cwd=PROJECT, check=False).returncode for c in commands)


def _prepare() -> Paths:
    paths = Paths()
    paths.runtime.mkdir(parents=True, exist_ok=True)
    ensure_venv(paths, find_odoo(paths))
    require(["node"])
    _ensure_node_packages(paths)
    return paths


def _ensure_node_packages(paths: Paths) -> None:
    folder = paths.runtime / "npm"
    wanted = (PROJECT / "package.json").read_text()
    stamp = folder / ".complete"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "package.json", folder)
    with progress("Installing prettier and eslint"):
        result = subprocess.run(
            [
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--no-package-lock",
                "--cache",
                str(paths.cache / "npm"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise Problem(f"npm install failed:\n{result.stderr.strip()}")
    stamp.write_text(wanted)


def _prettier(paths: Paths) -> tuple[str | Path, ...]:
    npm = paths.runtime / "npm/node_modules"
    return (
        npm / ".bin/prettier",
        "--config",
        PROJECT / "prettier.config.json",
        "--plugin",
        npm / "@prettier/plugin-xml/src/plugin.js",
        "--ignore-path",
        "/dev/null",
        "--log-level",
        "warn",
    )


def _checks(paths: Paths) -> list[Check]:
    programs = paths.venv / "bin"
    addons = sorted(path.parent for path in paths.addons.glob("*/__manifest__.py"))
    libs = sorted(
        folder
        for pattern in ("*/lib", "*/edge_agent/signals")
        for folder in paths.addons.glob(pattern)
    )
    scripts = [str(path) for path in paths.addons.glob("*/static/src/**/*.js")]
    checks = [
        Check(
            "pylint-odoo",
            (
                programs / "pylint",
                "--rcfile",
                PROJECT / ".pylintrc",
                f"--disable={PYLINT_LEFT_OUT}",
                "-j",
                "2",
                *addons,
            ),
        ),
        Check("ruff", (programs / "ruff", "check", "-q", ".")),
        Check(
            "manifests and views",
            (
                programs / "oca-checks-odoo-module",
                "--config",
                PROJECT / ".oca_hooks.cfg",
                *addons,
            ),
        ),
        Check(
            "types of lib",
            (
                programs / "basedpyright",
                "-p",
                PROJECT / "pyproject.toml",
                "--pythonpath",
                paths.python,
                *libs,
            ),
        ),
        Check("prettier", (*_prettier(paths), "--check", WEB_FILES)),
    ]
    if scripts:
        checks.append(
            Check(
                "eslint",
                (
                    paths.runtime / "npm/node_modules/.bin/eslint",
                    "--config",
                    PROJECT / "eslint.config.mjs",
                    *scripts,
                ),
            )
        )
    return checks


def _run(check: Check) -> bool:
    start = time.monotonic()
    result = subprocess.run(
        [str(part) for part in check.command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    ok = result.returncode == 0
    say(
        f"  {check.name}: {'ok' if ok else 'NOT OK'} in {time.monotonic() - start:.0f} s"
    )
    if not ok:
        say((result.stdout + result.stderr).strip())
    return ok
