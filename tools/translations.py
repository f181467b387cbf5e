"""``make translations``: write every addon's template of translations anew."""

import subprocess

from tools import database
from tools.config import write_config
from tools.console import Problem, progress
from tools.environment import set_up
from tools.paths import PROJECT
from tools.queue_job import ensure_queue_job

DATABASE = "translations"


def export_translations() -> int:
    """Write ``i18n/<addon>.pot`` of every addon. Returns an exit code.

    From a copy of the database with every addon, and the one that needs queue_job.
    """
    environment = set_up()
    paths, postgres = environment.paths, environment.postgres
    template = database.ensure_suite_template(paths, postgres, environment.odoo)
    extra = [ensure_queue_job(paths)]
    glue = "integration_core_queue_job"
    addons = sorted({*database.our_addons(paths), glue})
    for name in addons:
        (paths.addons / name / "i18n").mkdir(exist_ok=True)
    try:
        database.copy(paths, postgres, template, DATABASE)
        database.install(paths, DATABASE, [glue], demo=False, extra_addons=extra)
        config = write_config(paths, DATABASE, extra_addons=extra)
        command = [paths.venv / "bin/odoo", "i18n", "export", "-c", config]
        with progress("Exporting the terms of every addon"):
            result = subprocess.run(
                [*command, "-d", DATABASE, *addons],
                cwd=PROJECT,
                check=False,
                capture_output=True,
                text=True,
            )
        if result.returncode:
            raise Problem(f"The terms could not be exported:\n{result.stderr[-2000:]}")
    finally:
        database.drop(paths, postgres, DATABASE)
    return 0
