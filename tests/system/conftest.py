"""Real servers on copies of the suite's database."""

import contextlib
import os
import shutil

import pytest

from tests.plant.edge import Edge
from tests.plant.edge_account import SECRET
from tests.plant.far_side import FarSide
from tests.plant.rpc import Odoo
from tools import database
from tools.config import SERVER_WIDE_MODULES
from tools.environment import set_up
from tools.paths import Paths
from tools.postgres import start_postgres, stop_postgres
from tools.queue_job import ensure_queue_job
from tools.server import serve

# The same tests with jobs of queue_job in place of scheduled actions.
WITH_QUEUE_JOB = bool(os.environ.get("SUITE_WITH_QUEUE_JOB"))


@pytest.fixture(scope="session")
def environment():
    """Odoo, PostgreSQL and the template with all addons and demo data."""
    return set_up()


@pytest.fixture(scope="session")
def template(environment):
    return os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        environment.paths, environment.postgres, environment.odoo
    )


@pytest.fixture
def cluster(environment):
    """A PostgreSQL of the test's own, which may be broken."""
    own = Paths(environment.paths.runtime / f"cluster-{os.getpid()}")
    yield start_postgres(own)
    stop_postgres(own)
    shutil.rmtree(own.runtime, ignore_errors=True)


@pytest.fixture(scope="session")
def run_server(environment, template):
    """Return ``run_server(name, modules=(), cluster=None, **options)``.

    A server on a fresh copy of the database; in a cluster of its own where the test
    breaks the cluster.
    """

    @contextlib.contextmanager
    def run(name, modules=(), cluster=None, **options):
        paths, postgres = environment.paths, environment.postgres
        folders = [paths.test_addons]
        if WITH_QUEUE_JOB:
            name, modules = f"{name}_jobs", [*modules, "integration_core_queue_job"]
            folders.append(ensure_queue_job(paths))
            options.setdefault("options", {})["server_wide_modules"] = (
                f"{SERVER_WIDE_MODULES},queue_job"
            )
            # Places for the jobs, beside the HTTP workers that take messages in.
            options |= {"workers": 6, "cron_workers": 1}
            os.environ["ODOO_QUEUE_JOB_CHANNELS"] = "root:4"
        database.copy(paths, postgres, template, name)
        if modules:
            options["extra_addons"] = folders
            database.install(
                paths, name, modules, demo=False, extra_addons=folders
            )
        if cluster:
            database.transfer(postgres, cluster, name)
            settings = options.setdefault("options", {})
            settings["db_host"] = str(cluster.socket)
            # A new cluster numbers its databases alike: the files of the last are no
            # anchors of this one.
            anchors = cluster.paths.runtime / "anchors"
            settings["integration_anchor_folder"] = str(anchors)
        with serve(paths, name, **options) as server:
            yield server
            if WITH_QUEUE_JOB:
                assert_worked_by_jobs(cluster or postgres, name)
        database.drop(paths, postgres, name)

    return run


def assert_worked_by_jobs(postgres, name):
    """Make sure that it was jobs, and not scheduled actions, that did the work."""
    ((jobs,),) = postgres.query(
        name,
        "SELECT count(*) FROM queue_job"
        " WHERE date_started IS NOT NULL AND method_name = '_work'",
    )
    ((crons,),) = postgres.query(
        name,
        "SELECT count(*) FROM ir_cron WHERE integration_lane_id IS NOT NULL AND active",
    )
    assert int(jobs) > 0
    assert crons == "0"


def sign_in(server):
    """Return the administrator's RPC session."""
    return Odoo(server.url, server.database, server.admin_login, server.admin_password)


@pytest.fixture
def side():
    """A small real server in place of Odoo, for the edge agent."""
    side = FarSide([SECRET]).start()
    yield side
    side.stop()


@pytest.fixture
def edge(tmp_path, side):
    """An edge agent that talks to it, not started yet."""
    edge = Edge(tmp_path / "edge", side.url, SECRET)
    yield edge
    edge.kill()
