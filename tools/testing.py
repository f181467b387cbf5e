"""``make test``: every suite, four at a time, one closing line.

A suite is one command that writes a JUnit report. A suite that collects nothing, a
failure, an error and a skip all fail the run: HTTP and browser cases must have run.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tools import database
from tools.config import write_config
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.paths import PROJECT, Paths
from tools.queue_job import ensure_queue_job
from tools.server import free_port
from tools.system_packages import require

# Two runners begin with the suites that compute, two with those that mostly wait for
# servers, breakers and restarts; they meet in the middle.
FROM_FRONT = FROM_BACK = 2
# Who waits longest, last.
LONG_WAITS = ("queue_job:order", "system:rounds", "system:outbound", "queue_job:chaos")
# Tests of addons below this size share a database: a copy costs more than they do.
SMALL_BYTES = 6000


@dataclass
class Suite:
    """One pytest session, or one check that counts as one case.

    :param prepare: makes the database; returns further arguments of pytest.
    """

    name: str
    arguments: list[str] = field(default_factory=list)
    prepare: Callable[[], list[str]] | None = None
    check: Callable[[], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What a suite's report says."""

    suite: Suite
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    output: str = ""
    seconds: float = 0

    @property
    def ok(self) -> bool:
        return bool(self.passed) and not (self.failed or self.errors or self.skipped)


def run_tests(only: str | None = None) -> int:
    """Run all suites, or those whose name contains ``only``. Returns an exit code."""
    start = time.monotonic()
    require(["chromium", "mosquitto"])
    environment = set_up()
    template = database.ensure_suite_template(
        environment.paths, environment.postgres, environment.odoo
    )
    suites = _suites(environment, template, only or "")
    results = _run_side_by_side(environment, suites)
    return _close(results, time.monotonic() - start)


def _suites(environment: Environment, template: str, only: str) -> list[Suite]:
    """Return the suites whose names contain ``only``: computing first, waiting last."""
    system = [
        Suite(
            f"system:{path.stem.removeprefix('test_')}",
            [str(path)],
            environment={
                "SUITE_TEMPLATE": template,
            },
        )
        for path in sorted((PROJECT / "tests/system").glob("test_*.py"))
    ]
    waiting = [*system, *_queue_job_suites(environment, template)]
    waiting.sort(
        key=lambda suite: LONG_WAITS.index(suite.name) if suite.name in LONG_WAITS else -1
    )
    rest = [
        Suite("install", check=lambda: _check_empty_install(environment)),
        Suite("unit", ["tests/unit", "-p", "no:odoo"]),
        Suite("update", check=lambda: _check_update(environment, template)),
        *waiting,
    ]
    return [
        *_addon_suites(environment, template, only),
        *(suite for suite in rest if only in suite.name),
    ]


def _queue_job_suites(environment: Environment, template: str) -> list[Suite]:
    """Return what must hold just the same where jobs of queue_job do the work."""
    folder = environment.paths.addons
    variables = {"SUITE_TEMPLATE": template, "SUITE_WITH_QUEUE_JOB": "1"}

    def prepare() -> list[str]:
        paths, name = environment.paths, "test_queue_job"
        extra = [ensure_queue_job(paths)]
        database.copy(paths, environment.postgres, template, name)
        database.install(
            paths, name, ["integration_core_queue_job"], demo=True, extra_addons=extra
        )
        return _odoo_arguments(paths, name, extra)

    return [
        Suite(
            "queue_job:chaos", ["tests/system/test_chaos.py"], environment=variables
        ),
        Suite(
            "queue_job:order",
            [
                "tests/system/test_order.py",
                "tests/system/test_outbound.py",
                "-k",
                "order",
            ],
            environment=variables,
        ),
        Suite(
            "queue_job:addon",
            [
                str(folder / "integration_core_queue_job/tests"),
                str(folder / "integration_core/tests/test_order.py"),
            ],
            prepare,
        ),
    ]


def _addon_suites(environment: Environment, template: str, only: str) -> list[Suite]:
    """Return the addons' own tests, on copies of the database with every addon."""
    alone: list[tuple[int, str]] = []
    small: list[str] = []
    for name in database.our_addons(environment.paths):
        files = list((environment.paths.addons / name / "tests").glob("test_*.py"))
        if files and only in f"addon:{name}":
            size = sum(file.stat().st_size for file in files)
            if size < SMALL_BYTES:
                small.append(name)
            else:
                alone.append((size, name))
    suites = [
        _addon_suite(environment, template, name, [name])
        for _size, name in sorted(alone, reverse=True)
    ]
    if small:
        suites.append(_addon_suite(environment, template, "small_ones", small))
    return suites


def _addon_suite(
    environment: Environment, template: str, title: str, names: list[str]
) -> Suite:
    def prepare() -> list[str]:
        copy = f"test_{title}"
        database.copy(environment.paths, environment.postgres, template, copy)
        return _odoo_arguments(environment.paths, copy)

    return Suite(f"addon:{title}", [f"addons/{name}/tests" for name in names], prepare)


def _odoo_arguments(
    paths: Paths, name: str, extra_addons: Iterable[Path] = ()
) -> list[str]:
    """Return what pytest-odoo has to know to run in a database."""
    config = write_config(
        paths,
        name,
        extra_addons=extra_addons,
        options={
            "http_port": str(free_port()),
            "workers": "0",
            "max_cron_threads": "0",
        },
    )
    return [f"--odoo-config={config}", f"--odoo-database={name}", "--odoo-http"]


def _check_empty_install(environment: Environment) -> None:
    """Install everything into an empty database without demo data, without a warning."""
    name = "test_install"
    paths, postgres = environment.paths, environment.postgres
    database.drop(paths, postgres, name)
    database.install(paths, name, database.our_addons(paths), demo=False, strict=True)
    database.drop(paths, postgres, name)


def _check_update(environment: Environment, template: str) -> None:
    """Update everything over a database with demo data, without a warning."""
    name = "test_update"
    paths, postgres = environment.paths, environment.postgres
    database.copy(paths, postgres, template, name)
    database.install(
        paths, name, database.our_addons(paths), demo=True, update=True, strict=True
    )
    database.drop(paths, postgres, name)


def _run_side_by_side(environment: Environment, suites: list[Suite]) -> list[Result]:
    queue = list(suites)
    results: list[Result] = []
    lock = threading.Lock()

    def work(position: int) -> None:
        while True:
            with lock:
                if not queue:
                    return
                suite = queue.pop(position)
            say(f"  {suite.name} …")
            result = _run(environment, suite)
            with lock:
                results.append(result)
                _report(result)

    positions = FROM_FRONT * [0] + FROM_BACK * [-1]
    threads = [threading.Thread(target=work, args=[where]) for where in positions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _run(environment: Environment, suite: Suite) -> Result:
    start = time.monotonic()
    result = Result(suite)
    try:
        if suite.check:
            suite.check()
            result.passed = 1
        else:
            _run_pytest(environment, suite, result)
    except Problem as problem:
        result.errors, result.output = 1, str(problem)
    result.seconds = time.monotonic() - start
    return result


def _run_pytest(environment: Environment, suite: Suite, result: Result) -> None:
    further = suite.prepare() if suite.prepare else []
    report = environment.paths.logs / f"junit-{suite.name.replace(':', '-')}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [
        str(environment.paths.python),
        "-m",
        "pytest",
        "-q",
        "-rs",
        f"--junit-xml={report}",
        *suite.arguments,
        *further,
    ]
    if not suite.prepare:
        command += ["-p", "no:odoo"]
    finished = subprocess.run(
        command,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **suite.environment},
    )
    result.output = finished.stdout + finished.stderr
    _count(report, result)
    if finished.returncode and result.ok:
        result.errors += 1


def _count(report: Path, result: Result) -> None:
    if not report.exists():
        result.errors += 1
        return
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if "failure" in kinds:
            result.failed += 1
        elif "error" in kinds:
            result.errors += 1
        elif "skipped" in kinds:
            result.skipped += 1
        else:
            result.passed += 1


def _report(result: Result) -> None:
    verdict = "ok" if result.ok else "NOT OK"
    counts = f"{result.passed} passed"
    for label in ("failed", "errors", "skipped"):
        if getattr(result, label):
            counts += f", {getattr(result, label)} {label}"
    say(f"  {result.suite.name}: {verdict}, {counts} in {result.seconds:.0f} s")
    if not result.ok:
        say(result.output.strip() or "  no test was collected")


def _close(results: list[Result], seconds: float) -> int:
    """Print the closing line, in pytest's form. Returns the exit code."""
    totals = {
        label: sum(getattr(result, label) for result in results)
        for label in ("failed", "passed", "skipped", "errors")
    }
    parts = [f"{count} {label}" for label, count in totals.items() if count]
    line = ", ".join(parts) or "no tests ran"
    sys.stdout.write(f"==== {line} in {seconds:.2f}s ====\n")
    sys.stdout.flush()
    return 0 if results and all(result.ok for result in results) else 1
