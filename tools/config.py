"""Odoo's configuration files, with keys of this clone's own."""

import base64
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from tools.odoo_source import find_odoo
from tools.paths import Paths
from tools.postgres import PORT, ROLE

ENCRYPTION_KEY = "integration_encryption_key"
SEAL_KEY = "integration_seal_key"
# Loaded before any database: without integration_core, one that cannot be reached at the
# start leaves nobody there to tell machines to come back.
SERVER_WIDE_MODULES = "base,rpc,web,integration_core"


def write_config(
    paths: Paths,
    name: str,
    *,
    extra_addons: Iterable[Path] = (),
    options: dict[str, str] | None = None,
) -> Path:
    """Write ``.runtime/conf/<name>.conf``. Returns its path; only its owner reads it."""
    socket = (paths.postgres / "socket").read_text().strip()
    folders = [find_odoo(paths) / "odoo" / "addons", paths.addons, *extra_addons]
    checkout = find_odoo(paths) / "addons"
    if (checkout / "web" / "__manifest__.py").exists():
        folders.insert(1, checkout)
    settings = {
        "addons_path": ",".join(str(folder) for folder in folders),
        "data_dir": str(paths.data),
        "db_host": socket,
        "db_port": str(PORT),
        "db_user": ROLE,
        "db_name": name,
        "db_maxconn": "32",
        "list_db": "False",
        "server_wide_modules": SERVER_WIDE_MODULES,
        "http_interface": "127.0.0.1",
        "limit_time_cpu": "600",
        "limit_time_real": "1200",
        "log_handler": ":INFO",
        ENCRYPTION_KEY: _own_key(paths, ENCRYPTION_KEY),
        SEAL_KEY: _own_key(paths, SEAL_KEY),
        **(options or {}),
    }
    folder = paths.runtime / "conf"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.conf"
    lines = "".join(f"{option} = {value}\n" for option, value in settings.items())
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as output:
        output.write(f"[options]\n{lines}")
    return file


def _own_key(paths: Paths, name: str) -> str:
    """Return a key made once per clone: databases outlive the configuration file."""
    file = paths.runtime / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as output:
            output.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return file.read_text().strip()
