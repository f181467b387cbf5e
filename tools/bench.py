"""``make bench``: each benchmark with its control in the same run."""

import subprocess

from tools.console import Problem, say
from tools.environment import set_up
from tools.paths import PROJECT

FOLDER = PROJECT / "tests" / "benchmarks"


def run_benchmarks(name: str | None) -> int:
    """Run one benchmark or all; each prints one line of JSON. Returns an exit code."""
    names = sorted(
        path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")
    )
    if name and name not in names:
        raise Problem(f"There is no benchmark '{name}'. There are: {', '.join(names)}.")
    environment = set_up()
    code = 0
    for module in [name] if name else names:
        say(f"Benchmark {module} …")
        code |= subprocess.run(
            [environment.paths.python, "-m", f"tests.benchmarks.{module}"],
            cwd=PROJECT,
            check=False,
        ).returncode
    return code
