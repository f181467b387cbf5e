"""A real repository, on a copy of the suite's database."""

import os

import pytest

from tests.conformance.repository import Repository
from tests.plant.rpc import Odoo
from tools import database
from tools.environment import set_up
from tools.server import serve

NAME = "conformance"


@pytest.fixture(scope="session")
def repository():
    environment = set_up()
    template = os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        environment.paths, environment.postgres, environment.odoo
    )
    database.copy(environment.paths, environment.postgres, template, NAME)
    with serve(environment.paths, NAME) as server:
        odoo = Odoo(
            server.url, server.database, server.admin_login, server.admin_password
        )
        yield Repository(odoo, server.url)
    database.drop(environment.paths, environment.postgres, NAME)
