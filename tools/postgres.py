"""A private PostgreSQL cluster below ``.runtime``; the machine's own is left alone.

It listens on a Unix socket in a folder that only its owner can enter, so it needs no
password and no port. Durability is left switched on: crash tests mean it.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.console import Problem, progress
from tools.paths import Paths
from tools.system_packages import find_postgres_binaries, require

PORT = 5432
ROLE = "odoo"
UNPRIVILEGED = "nobody"
START_SECONDS = 300
# From this version on, one call makes a crashed cluster's files safe before it recovers;
# a call for each file takes minutes where there are many databases.
SYNCFS_VERSION = 14
SETTINGS = """
listen_addresses = ''
port = {port}
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
fsync = on
synchronous_commit = on
log_min_messages = error
log_min_error_statement = panic
"""


@dataclass(frozen=True)
class Postgres:
    """A running cluster.

    :param socket: folder of the Unix socket.
    """

    paths: Paths
    binaries: Path
    socket: Path

    def run(self, program: str, *arguments: str, check: bool = True) -> str:
        """Run a client program, such as psql or createdb, as the database owner."""
        result = subprocess.run(
            [self.binaries / program, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise Problem(f"{program} failed:\n{result.stderr.strip()}")
        return result.stdout

    def query(self, database: str, statement: str) -> list[list[str]]:
        """Return the rows of a statement as text."""
        output = self.run(
            "psql",
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-At",
            "-F",
            "\t",
            "-d",
            database,
            "-c",
            statement,
        )
        return [line.split("\t") for line in output.splitlines()]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PGHOST": str(self.socket),
            "PGPORT": str(PORT),
            "PGUSER": ROLE,
        }


def start_postgres(paths: Paths) -> Postgres:
    """Start the cluster unless it runs; create it first if there is none.

    :raises Problem: when PostgreSQL is missing or does not start; says why.
    """
    require(["postgres"])
    binaries = find_postgres_binaries()
    if binaries is None:
        raise Problem("There is no PostgreSQL server on this machine.")
    data = paths.postgres / "data"
    if not (data / "PG_VERSION").exists():
        with progress("Creating a private PostgreSQL cluster"):
            _create(paths, binaries, data)
    postgres = Postgres(paths, binaries, _socket_folder(paths))
    if not _is_running(postgres):
        _start(postgres, data)
    return postgres


def crash_postgres(postgres: Postgres) -> None:
    """End the cluster at once, as a power cut does, and start it again.

    Its backends get no time to finish; at the start it recovers from its log.
    """
    data = postgres.paths.postgres / "data"
    _server_command(
        postgres.paths,
        [postgres.binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"],
    )
    _start(postgres, data)


def stop_postgres(paths: Paths) -> None:
    """Stop the cluster if it runs."""
    binaries = find_postgres_binaries()
    data = paths.postgres / "data"
    if binaries and (data / "postmaster.pid").exists():
        subprocess.run(
            [
                *_as_unprivileged(),
                binaries / "pg_ctl",
                "-D",
                data,
                "-m",
                "fast",
                "stop",
            ],
            cwd=paths.postgres,
            capture_output=True,
            check=False,
        )
    recorded = paths.postgres / "socket"
    if recorded.exists():
        shutil.rmtree(recorded.read_text().strip(), ignore_errors=True)


def _create(paths: Paths, binaries: Path, data: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True, mode=0o700)
    _give(paths.postgres)
    _give(data)
    _server_command(
        paths,
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            ROLE,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
    )
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS.format(port=PORT))


def _start(postgres: Postgres, data: Path) -> None:
    log = postgres.paths.postgres / "server.log"
    # The options stand on the command line: the socket's folder may be a new one.
    options = f"-c unix_socket_directories={postgres.socket}"
    if int((data / "PG_VERSION").read_text()) >= SYNCFS_VERSION:
        options += " -c recovery_init_sync_method=syncfs"
    _server_command(
        postgres.paths,
        [
            postgres.binaries / "pg_ctl",
            "-D",
            data,
            "-l",
            log,
            "-w",
            "-t",
            str(START_SECONDS),
            "-o",
            options,
            "start",
        ],
    )


def _server_command(paths: Paths, command: list[str | Path]) -> None:
    result = subprocess.run(
        [*_as_unprivileged(), *command],
        cwd=paths.postgres,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode:
        log = paths.postgres / "server.log"
        tail = log.read_text()[-1500:] if log.exists() else ""
        raise Problem(
            f"{Path(command[0]).name} failed:\n{result.stderr.strip()}\n{tail}".strip()
        )


def _is_running(postgres: Postgres) -> bool:
    return (
        subprocess.run(
            [postgres.binaries / "pg_isready", "-q"],
            env=postgres.environment(),
            check=False,
        ).returncode
        == 0
    )


def _socket_folder(paths: Paths) -> Path:
    """Return a folder with a short name: socket paths end at 107 bytes."""
    recorded = paths.postgres / "socket"
    if recorded.exists():
        folder = Path(recorded.read_text().strip())
        if folder.is_dir():
            return folder
    folder = Path(tempfile.mkdtemp(prefix="odoo-pg-"))
    _give(folder)
    recorded.write_text(str(folder))
    return folder


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _as_unprivileged() -> list[str]:
    """Return the prefix under which PostgreSQL agrees to run.

    It refuses root. As root we become nobody, who keeps just the right to enter the
    folders above a clone that lies in a private place.
    """
    if os.geteuid():
        return []
    account = pwd.getpwnam(UNPRIVILEGED)
    become = [
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
    ]
    rights = "+dac_override,+dac_read_search"
    keep = [f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    trial = subprocess.run([*become, *keep, "true"], capture_output=True, check=False)
    return [*become, *keep] if trial.returncode == 0 else become
