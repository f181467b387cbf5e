"""Databases: made once per set of inputs, then copied in seconds."""

import ast
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.config import write_config
from tools.console import Problem, progress, say
from tools.paths import Paths
from tools.postgres import Postgres

# What our addons build on; installing it takes longest and changes least.
BASE_MODULES = (
    "mail",
    "base_automation",
    "maintenance",
    "mrp",
    "mrp_subcontracting_purchase",
    "point_of_sale",
    "product_expiry",
    "purchase_stock",
    "repair",
    "rpc",
    "sale_stock",
    "stock_picking_batch",
)
# Modules of others that some addons are glue to; fetched where they are tested.
FOREIGN_MODULES = {"queue_job"}
FAULTS = re.compile(r" (WARNING|ERROR|CRITICAL) ")
# Said at every start by Odoo itself about our own line in its configuration.
EXPECTED = re.compile(r"unknown option 'integration_|Running as user 'root'")

GENERATE_ASSETS = """
for name in (
    "web.assets_web",
    "web.assets_backend_lazy",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_frontend_minimal",
    "web.report_assets_common",
):
    env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
    env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()
env.cr.commit()
"""


def our_addons(paths: Paths) -> list[str]:
    """Return the addons of this project that need nothing but it and Odoo."""
    return sorted(
        manifest.parent.name
        for manifest in paths.addons.glob("*/__manifest__.py")
        if not FOREIGN_MODULES & set(_read_manifest(manifest)["depends"])
    )


def _read_manifest(file: Path) -> dict[str, Any]:
    return ast.literal_eval(file.read_text())


def ensure_base_template(paths: Paths, postgres: Postgres, odoo: Path) -> str:
    """Return the name of a database with Odoo's own apps and demo data."""
    release = (odoo / "odoo" / "release.py").read_bytes()
    name = f"base_{_digest([release, ' '.join(BASE_MODULES).encode(), str(odoo).encode()])}"
    if not exists(postgres, name):
        with progress("Installing Odoo's apps with demo data (once)"):
            _build(paths, postgres, name, None, BASE_MODULES)
    return name


def ensure_suite_template(paths: Paths, postgres: Postgres, odoo: Path) -> str:
    """Return the name of a database with all of our addons and demo data."""
    base = ensure_base_template(paths, postgres, odoo)
    files = [
        path
        for path in sorted(paths.addons.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    content = [base.encode()]
    for path in files:
        content += [str(path.relative_to(paths.addons)).encode(), path.read_bytes()]
    name = f"suite_{_digest(content)}"
    if not exists(postgres, name):
        _drop_matching(paths, postgres, "suite_")
        with progress("Installing the integration suite with demo data"):
            addons = our_addons(paths)
            _build(paths, postgres, name, base, addons, with_assets=True)
    return name


def _build(
    paths: Paths,
    postgres: Postgres,
    name: str,
    template: str | None,
    modules: Iterable[str],
    *,
    with_assets: bool = False,
) -> None:
    """Build under another name first: a name in sight is a database that is complete."""
    draft = f"draft_{name}"
    drop(paths, postgres, draft)
    if template:
        copy(paths, postgres, template, draft)
    install(paths, draft, modules, demo=True)
    if with_assets:
        _generate_assets(paths, draft)
    postgres.query("postgres", f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    source, target = filestore(paths, draft), filestore(paths, name)
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        source.rename(target)


def _generate_assets(paths: Paths, name: str) -> None:
    """Keep what browsers load with the database, so that no copy has to make it again.

    Odoo's browser tests let a request wait for another one no longer than 20 s.
    """
    command = [paths.odoo_command, "shell", "-c", write_config(paths, name), "--no-http"]
    finished = subprocess.run(
        [str(part) for part in command],
        input=GENERATE_ASSETS,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise Problem(f"The assets of {name} were not made:\n{finished.stderr[-1500:]}")


def install(
    paths: Paths,
    name: str,
    modules: Iterable[str],
    *,
    demo: bool,
    update: bool = False,
    strict: bool = False,
    extra_addons: Iterable[Path] = (),
) -> None:
    """Install or update modules in a database, which is created if need be.

    :param strict: warnings in Odoo's log are failures too.
    :raises Problem: with the lines of the log that tell why.
    """
    config = write_config(paths, name, extra_addons=extra_addons)
    paths.logs.mkdir(parents=True, exist_ok=True)
    log = paths.logs / f"{'update' if update else 'install'}-{name}.log"
    command = [
        paths.odoo_command,
        "-c",
        config,
        "-d",
        name,
        "-u" if update else "-i",
        ",".join(modules),
        *(["--with-demo"] if demo else []),
        "--stop-after-init",
        "--no-http",
    ]
    with log.open("w") as output:
        code = subprocess.run(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    faults = find_faults(log)
    if code or (strict and faults):
        lines = faults or log.read_text().splitlines()[-30:]
        raise Problem(
            f"Odoo did not load {name} cleanly, see {log}:\n" + "\n".join(lines[:40])
        )


def find_faults(log: Path) -> list[str]:
    """Return the warnings and errors of an Odoo log."""
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if FAULTS.search(line) and not EXPECTED.search(line)
    ]


def copy(paths: Paths, postgres: Postgres, source: str, target: str) -> None:
    """Replace ``target`` by a copy of ``source``, files included."""
    drop(paths, postgres, target)
    postgres.run("createdb", "-T", source, target)
    files = filestore(paths, source)
    if files.exists():
        shutil.copytree(files, filestore(paths, target), dirs_exist_ok=True)


def transfer(source: Postgres, target: Postgres, name: str) -> None:
    """Copy a database from one cluster to another. An older one is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        dump = str(Path(folder) / "dump")
        source.run("pg_dump", "-Fd", "-Z1", "-j2", "-f", dump, name)
        target.run("dropdb", "--if-exists", "--force", name)
        target.run("createdb", name)
        target.run("pg_restore", "-j2", "-d", name, dump)


def drop(paths: Paths, postgres: Postgres, name: str) -> None:
    postgres.run("dropdb", "--if-exists", "--force", name)
    shutil.rmtree(filestore(paths, name), ignore_errors=True)


def exists(postgres: Postgres, name: str) -> bool:
    return [name] in postgres.query("postgres", "SELECT datname FROM pg_database")


def filestore(paths: Paths, name: str) -> Path:
    return paths.data / "filestore" / name


def _drop_matching(paths: Paths, postgres: Postgres, prefix: str) -> None:
    for (name,) in postgres.query("postgres", "SELECT datname FROM pg_database"):
        if name.startswith(prefix):
            say(f"  dropping {name}, which is out of date")
            drop(paths, postgres, name)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]
