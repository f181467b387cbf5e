"""Real servers on copies of the suite's database."""

import contextlib
import os

import pytest

from tests.plant.rpc import Odoo
from tools import database
from tools.environment import set_up
from tools.server import serve


@pytest.fixture(scope="session")
def environment():
    """Odoo, PostgreSQL and the template with all addons and demo data."""
    return set_up()


@pytest.fixture(scope="session")
def template(environment):
    return os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        environment.paths, environment.postgres, environment.odoo
    )


@pytest.fixture(scope="session")
def run_server(environment, template):
    """Return ``run_server(name, modules=(), **options)``: a server on a fresh copy."""

    @contextlib.contextmanager
    def run(name, modules=(), **options):
        paths, postgres = environment.paths, environment.postgres
        database.copy(paths, postgres, template, name)
        if modules:
            options["extra_addons"] = [paths.test_addons]
            database.install(
                paths, name, modules, demo=False, extra_addons=[paths.test_addons]
            )
        with serve(paths, name, **options) as server:
            yield server
        database.drop(paths, postgres, name)

    return run


def sign_in(server):
    """Return the administrator's RPC session."""
    return Odoo(server.url, server.database, server.admin_login, server.admin_password)
