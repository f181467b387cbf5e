"""Real Odoo servers: started, watched, killed."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.config import write_config
from tools.console import Problem
from tools.paths import Paths

START_SECONDS = 120
STOP_SECONDS = 20
ADMIN = "admin"


@dataclass
class Server:
    """A prefork Odoo serving one database. Its process is the parent of the workers."""

    paths: Paths
    database: str
    port: int
    config: Path
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)
    admin_login: str = ADMIN
    admin_password: str = field(default=ADMIN, repr=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def worker_pids(self, kind: str | None = None) -> list[int]:
        """Return the children's process ids.

        :param kind: ``http`` or ``cron`` for one kind; the log tells which is which.
        """
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        if kind is None:
            return pids
        marker = {"http": "WorkerHTTP", "cron": "WorkerCron"}[kind]
        log = self.log.read_text(errors="replace")
        return [pid for pid in pids if f"Worker {marker} ({pid}) alive" in log]

    def start(self) -> None:
        """Start it, and wait until it answers; also after it was killed."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it without waiting."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [self.paths.odoo_command, "-c", self.config],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it and all its workers at once with SIGKILL, as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until it answers.

        :raises Problem: with the end of its log when it does not in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"{self.url}/web/login", timeout=30) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.3)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
        raise Problem(f"Odoo did not start; the end of {self.log}:\n{tail}")

    def stop(self) -> None:
        """Stop it and everything it started."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()


@contextlib.contextmanager
def serve(
    paths: Paths,
    database: str,
    *,
    port: int | None = None,
    workers: int = 2,
    cron_workers: int = 4,
    extra_addons: Iterable[Path] = (),
    options: dict[str, str] | None = None,
    log_level: str = "info",
) -> Iterator[Server]:
    """Run a prefork server for the length of the block."""
    port = port or free_port()
    config = write_config(
        paths,
        database,
        extra_addons=extra_addons,
        options={
            "workers": str(workers),
            "max_cron_threads": str(cron_workers),
            "http_port": str(port),
            "gevent_port": str(free_port()),
            "log_level": log_level,
            **(options or {}),
        },
    )
    log = paths.logs / f"server-{database}.log"
    log.unlink(missing_ok=True)
    server = Server(paths, database, port, config, log)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
