"""``make demo``: a plant's day on a real server, and a place to look around."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tools import database
from tools.console import progress, say
from tools.environment import Environment, set_up
from tools.paths import PROJECT
from tools.server import Server, free_port, is_free, serve

PORT = 8069
NAME = "demo"


def run_demo(*, stop_afterwards: bool) -> int:
    """Play the day; serve until Ctrl-C unless told to stop. Returns an exit code."""
    environment = set_up()
    _run_in_venv(environment)
    paths = environment.paths
    template = database.ensure_suite_template(
        paths, environment.postgres, environment.odoo
    )
    with progress("Copying the database"):
        database.copy(paths, environment.postgres, template, NAME)
    port = PORT
    if not is_free(port):
        port = free_port()
        say(f"Port {PORT} is busy; Odoo takes {port} instead.")
    with progress("Starting Odoo"):
        context = serve(paths, NAME, port=port)
        server = context.__enter__()
    try:
        return _play_and_serve(environment, server, stop_afterwards=stop_afterwards)
    except KeyboardInterrupt:
        say("\nStopping.")
        return 0
    finally:
        context.__exit__(None, None, None)


def _run_in_venv(environment: Environment) -> None:
    """Go on inside the virtual environment: the partners of the day need ``requests``."""
    if Path(sys.prefix).resolve() != environment.paths.venv.resolve():
        python = str(environment.paths.python)
        os.execv(python, [python, "-m", "tools", *sys.argv[1:]])


def _play_and_serve(
    environment: Environment, server: Server, *, stop_afterwards: bool
) -> int:
    from tests.plant.day import play  # noqa: PLC0415 - needs the virtual environment

    steps = play(server)
    ok = bool(steps) and all(step.ok for step in steps)
    report = _write_report(environment, server, steps, ok=ok)
    _tell(server, steps, report, ok=ok)
    if not stop_afterwards:
        say("Odoo keeps serving. Press Ctrl-C to stop.")
        while server.process.poll() is None:
            time.sleep(1)
    return 0 if ok else 1


def _write_report(
    environment: Environment, server: Server, steps: Any, *, ok: bool
) -> Path:
    file = environment.paths.runtime / "demo.json"
    file.write_text(
        json.dumps(
            {
                "ok": ok,
                "url": server.url,
                "database": server.database,
                "login": server.admin_login,
                "steps": [
                    {
                        "name": step.name,
                        "ok": step.ok,
                        "milliseconds": step.milliseconds,
                        "observed": step.observed,
                    }
                    for step in steps
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
    )
    return file


def _tell(server: Server, steps: Any, report: Path, *, ok: bool) -> None:
    say("\nA plant's day")
    for number, step in enumerate(steps, 1):
        mark = "ok    " if step.ok else "FAILED"
        say(f"  {number}. {mark} {step.name} ({step.milliseconds} ms)")
        say(f"            {step.observed['summary']}")
        for record in step.observed.get("records", []):
            link = f"{server.url}/odoo/{record['model']}/{record['id']}"
            say(f"            {record.get('name') or record['model']}: {link}")
    say(
        f"\n{'Every step went as it should.' if ok else 'Some steps FAILED, see above.'}"
    )
    say(f"Report: {os.path.relpath(report, PROJECT)}")
    say(
        f"Odoo: {server.url}  login: {server.admin_login}  password: {server.admin_password}"
    )
    say(
        f"Look at: {server.url}/odoo/integration-messages (everything that came and went)"
    )
