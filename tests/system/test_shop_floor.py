"""The shop floor's screen in a real browser: it follows the shop floor by itself."""

import json
import shutil

import pytest

from tests.plant.browser import Browser
from tests.plant.partner import Partner
from tests.system.conftest import sign_in

CONTRACTS = ("production.reported", "production.operation.resumed")


@pytest.fixture(scope="module")
def server(run_server):
    if not shutil.which("chromium"):
        pytest.fail("Chromium is missing: run make test once as root.")
    # Threads in place of processes: the bus speaks on the port of the pages, without a
    # proxy in front.
    with run_server("system_shop_floor", workers=0, log_level="warn") as server:
        yield server


def connect(odoo, server):
    """Return an MES that may report, and the demo order that stands still."""
    scopes = odoo.search("integration.contract", ("code", "in", list(CONTRACTS)))
    system = odoo.create(
        "integration.system",
        name="MES, line 1",
        code="mes-screen",
        kind="mes",
        state="active",
        scope_ids=[(6, 0, scopes)],
    )
    secret = odoo.call("integration.system", "issue_credential", system, "hmac")[
        "secret"
    ]
    (order,) = odoo.read("mes.order", ("state", "=", "paused"), fields=["name"])[:1]
    return Partner(server.url, "mes-screen", secret=secret), order


def test_a_report_appears_without_reloading(server, tmp_path):
    odoo = sign_in(server)
    partner, order = connect(odoo, server)
    with Browser(server.url, tmp_path) as browser:
        browser.sign_in(server.admin_login, server.admin_password)
        browser.open("/odoo/shop-floor-orders", order["name"])
        browser.run("window.sameLife = true")
        column = (
            "[...document.querySelectorAll('.o_kanban_group')].find((group) =>"
            f" group.innerText.includes({json.dumps(order['name'])}))"
            "?.querySelector('.o_column_title')?.innerText"
        )
        assert "Paused" in browser.run(column)
        partner.deliver(
            "production.operation.resumed",
            {"order": order["name"]},
            subject=order["name"],
        )
        browser.wait(
            f"!({column} || 'Paused').includes('Paused')", "The card did not move", 30
        )
        assert browser.run("window.sameLife") is True
        assert not browser.console_errors
