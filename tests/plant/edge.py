"""A real edge agent in a process of its own, to be broken."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.plant.partner import until
from tools.paths import PROJECT
from tools.server import free_port

AGENT = PROJECT / "addons/mes_bridge"
LAUNCHER = PROJECT / "tests/plant/edge_launcher.py"
START_SECONDS = 30


@dataclass
class Edge:
    """One agent.

    :param folder: of its configuration; the journal is in ``journal`` below it.
    :param url: of the far side; ``secret``: shared with it.
    :param settings: further sections of the configuration: ``{section: {name: value}}``.
    """

    folder: Path
    url: str
    secret: str
    system: str = "line-4"
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    session: requests.Session = field(default_factory=requests.Session)
    numbers: Any = field(default_factory=itertools.count)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def headers(self) -> dict[str, str]:
        token = (self.journal / "token").read_text().strip()
        return {"Authorization": f"Bearer {token}"}

    def configure(self) -> Path:
        """Write the configuration. Returns the file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "secret").write_text(self.secret)
        sections = {
            "server": {
                "url": self.url,
                "system": self.system,
                "secret_file": str(self.folder / "secret"),
                "timeout_seconds": 10,
            },
            "http": {"port": self.port},
            "signals": {"fetch": False},
        }
        for name, values in self.settings.items():
            sections.setdefault(name, {}).update(values)
        lines = [f"folder = {json.dumps(str(self.journal))}"]
        for name, values in sections.items():
            lines.append(f"[{name}]")
            lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
        file = self.folder / "edge-agent.toml"
        file.write_text("\n".join(lines))
        return file

    def start(self, *arguments: str, **environment: str) -> "Edge":
        """Start it, and wait until it takes events in.

        :param environment: for ``edge_launcher``: where it dies, what its clock says.
        """
        self.launch(*arguments, **environment)
        until(self.is_up, START_SECONDS, f"The agent does not start: {self.folder}")
        return self

    def launch(self, *arguments: str, **environment: str) -> None:
        """Start it without waiting."""
        file = self.configure()
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, LAUNCHER, "--config", file, *arguments],
                cwd=AGENT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )

    def is_up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"The agent ended:\n{self.log[-2000:]}")
        return self.answers()

    def answers(self) -> bool:
        """Tell whether an agent answers, whoever started it."""
        with contextlib.suppress(requests.RequestException):
            return bool(requests.get(f"{self.address}/status", timeout=5).ok)
        return False

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody says goodbye."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """Ask it to stop. Returns its exit code."""
        if not self.process:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.kill()

    def event(self, order: str = "MES/1", **attributes: Any) -> dict[str, Any]:
        """Return a report that a program of the line would send."""
        number = next(self.numbers)
        data = {"order": order, "quantity": 1, "unit": "EA", "cumulative": number}
        return {
            "id": f"r-{number}",
            "type": "production.reported",
            "subject": order,
            "time": "2026-03-02T06:15:00Z",
            "data": data,
        } | attributes

    def post(self, event: Any, path: str = "/messages") -> requests.Response:
        return requests.post(
            self.address + path, json=event, headers=self.headers, timeout=30
        )

    def insist(self, event: Any, seconds: float = 60) -> dict[str, Any]:
        """Send the same until it is accepted, as a program of the line does.

        Returns the answer.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException, OSError):
                answer = self.post(event)
                if answer.status_code == 202:
                    return answer.json()
                if answer.status_code < 500:
                    raise AssertionError(answer.text)
            time.sleep(0.02)
        raise AssertionError(f"{event['id']} was not taken in:\n{self.log[-2000:]}")

    def status(self) -> dict[str, Any]:
        return self.session.get(f"{self.address}/status", timeout=10).json()

    def wait_empty(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until nothing is pending. Returns the status."""
        return until(
            lambda: (s := self.status())["journal"]["pending"] == 0 and s,
            seconds,
            "The journal is not drained",
        )


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{name} = {_toml(one)}" for name, one in value.items())
        return "{" + pairs + "}"
    return json.dumps(str(value) if isinstance(value, Path) else value)
