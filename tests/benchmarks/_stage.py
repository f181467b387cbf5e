"""A server for a benchmark: the suite, the benchmark addon and queue_job."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import database
from tools.config import SERVER_WIDE_MODULES
from tools.environment import Environment
from tools.paths import Paths
from tools.queue_job import ensure_queue_job
from tools.server import Server, serve

# Beside queue_job it installs itself and works the lanes off by jobs: what is measured
# then is queue_job on both sides.
GLUE = "integration_core_queue_job"


class StagePaths(Paths):
    """All addons but the one that would hand the lanes over to the control."""

    @property
    def addons(self) -> Path:
        return self.runtime / "stage_addons"

    def link_addons(self) -> None:
        """Fill the folder anew: addons come and go."""
        shutil.rmtree(self.addons, ignore_errors=True)
        self.addons.mkdir(parents=True)
        for addon in super().addons.iterdir():
            if addon.name != GLUE:
                (self.addons / addon.name).symlink_to(addon)


@contextmanager
def stage(
    environment: Environment, name: str, *, workers: int, cron_workers: int
) -> Iterator[Server]:
    """Run a server on a fresh database; both are gone afterwards.

    :param workers: HTTP workers; queue_job runs as many jobs at once.
    """
    paths, postgres = environment.paths, environment.postgres
    folders = [paths.test_addons, ensure_queue_job(paths)]
    os.environ["ODOO_QUEUE_JOB_CHANNELS"] = f"root:{workers}"
    template = database.ensure_suite_template(paths, postgres, environment.odoo)
    paths = StagePaths(paths.runtime)
    paths.link_addons()
    try:
        database.copy(paths, postgres, template, name)
        # The template knows of it, and Odoo would wait for ever to install what it misses.
        postgres.query(
            name,
            "UPDATE ir_module_module SET state = 'uninstallable'"
            f" WHERE name = '{GLUE}'",
        )
        database.install(
            paths,
            name,
            ["queue_job", "integration_benchmark"],
            demo=False,
            extra_addons=folders,
        )
        with serve(
            paths,
            name,
            workers=workers,
            cron_workers=cron_workers,
            extra_addons=folders,
            options={"server_wide_modules": f"{SERVER_WIDE_MODULES},queue_job"},
            log_level="warn",
        ) as server:
            yield server
    finally:
        database.drop(paths, postgres, name)


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of the others does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
