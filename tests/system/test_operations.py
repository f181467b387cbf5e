"""A newcomer connects a system, and what people see and find out afterwards.

One database, made from nothing: the first page a new user sees is an empty Odoo.
"""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.plant.browser import Browser
from tests.plant.partner import Partner, until
from tests.system.conftest import sign_in
from tools import database
from tools.server import serve

DATABASE = "system_newcomer"
FIVE_MINUTES = 300
MINUTE = 60
METRICS = "token-of-the-operators"


@pytest.fixture(scope="module")
def server(environment):
    """Odoo on a database into which the backbone was just installed."""
    paths, postgres = environment.paths, environment.postgres
    database.drop(paths, postgres, DATABASE)
    database.install(
        paths, DATABASE, ["integration_core", "integration_file"], demo=False
    )
    options = {"integration_metrics_token": METRICS}
    with serve(paths, DATABASE, options=options) as running:
        yield running
    database.drop(paths, postgres, DATABASE)


@pytest.fixture(scope="module")
def browser(server):
    folder = Path(os.environ.get("SCREENSHOTS") or server.paths.runtime / "screenshots")
    with Browser(server.url, folder) as opened:
        opened.sign_in(server.admin_login, server.admin_password)
        yield opened


def read_text(browser, field):
    return browser.run(
        f"(document.querySelector('[name={field}] textarea') || {{}}).value"
        f" || document.querySelector('[name={field}]').innerText"
    )


def test_first_message_in_five_minutes(server, browser):
    start = time.monotonic()
    browser.open(
        "/odoo/action-integration_onboarding.integration_onboarding_action",
        "Who connects",
    )
    browser.fill("name", "MES, plant 1")
    browser.shoot("onboarding-1-who")
    browser.press("action_next")
    browser.expect("connection.tested", "How it proves who it is")
    browser.shoot("onboarding-2-what")
    browser.press("action_connect")
    browser.expect("The secret is shown this once", "Before going live")
    command = read_text(browser, "curl")
    browser.shoot("onboarding-3-try")
    # As pasted: nothing is changed about it.
    pasted = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False
    )
    assert " 202 " in pasted.stdout.splitlines()[0], pasted.stdout + pasted.stderr
    odoo = sign_in(server)
    until(
        lambda: odoo.count("integration.delivery", ("state", "=", "done")),
        MINUTE,
        "The message is not processed",
    )
    browser.press("action_check")
    browser.expect("A message was accepted and processed")
    browser.shoot("onboarding-4-works")
    assert time.monotonic() - start < FIVE_MINUTES


@pytest.fixture(scope="module")
def partner(server):
    """The system that was just connected, with a secret of its own."""
    odoo = sign_in(server)
    (system,) = odoo.search("integration.system", ("code", "=", "mes-plant-1"))
    issued = odoo.call("integration.system", "issue_credential", system, "hmac")
    return Partner(server.url, "mes-plant-1", secret=issued["secret"])


def test_console_signs_sends_and_shows_the_answer(server, browser, partner):
    odoo = sign_in(server)
    (system,) = odoo.search("integration.system", ("code", "=", "mes-plant-1"))
    browser.open(f"/odoo/integration-systems/{system}", "MES, plant 1")
    browser.press("action_console")
    browser.expect("Sign and send")
    browser.press("action_send")
    browser.expect("202", "status_url")
    browser.shoot("console")


def test_a_partner_sees_its_connection_and_renews_its_secret(server, browser, partner):
    odoo = sign_in(server)
    (system,) = odoo.search("integration.system", ("code", "=", "mes-plant-1"))
    company = odoo.get("res.users", odoo.uid, "partner_id")["partner_id"][0]
    odoo.call("integration.system", "write", [system], {"partner_id": company})
    partner.post(partner.event("connection.tested", {"wrong": True}))
    browser.open("/my/integration", "Recent messages")
    browser.run("document.querySelectorAll('details').forEach((e) => (e.open = true))")
    browser.expect("Refused", "connection.tested", "Sample", "JSON Schema")
    browser.shoot("partner-page")
    browser.click_text("Make a new secret", "button")
    browser.expect("Copy the new secret now")
    browser.shoot("partner-secret")


def test_dashboards(server, browser, partner):
    for number in range(30):
        partner.send("connection.tested", {"text": f"message {number}"})
    odoo = sign_in(server)
    cron = odoo.ref("integration_monitoring.integration_flow_cron")
    odoo.run_cron(cron)
    browser.open("/odoo/integration-traffic", "Traffic of 24 hours")
    browser.expect("Lanes", "MES, plant 1")
    browser.shoot("dashboard-traffic")
    browser.click_text("accepted", ".o_integration_totals small")
    browser.wait("document.querySelector('.o_list_view')", "A total opens nothing")
    browser.open("/odoo/integration-operations", "Operations")
    browser.expect("Messages that were given up")
    browser.shoot("dashboard-operations")
    browser.click_text("Messages that were given up", ".o_integration_tile span")
    browser.wait("document.querySelector('.o_list_view')", "The click opens nothing")


def test_metrics_are_for_those_with_the_token(server, partner):
    address = f"{server.url}/integration/v1/metrics"
    assert partner.session.get(address, timeout=30).status_code == 401
    answer = partner.session.get(
        address, headers={"Authorization": f"Bearer {METRICS}"}, timeout=30
    )
    assert "integration_messages_accepted_total" in answer.text


SCREENS = {
    "configuration-changes": (
        "integration_audit.integration_change_action",
        ("MES, plant 1", "Created"),
    ),
    "alert-rules": (
        "integration_monitoring.integration_alert_rule_action",
        ("A lane stands still", "Stops the line"),
    ),
    "file-sources": (
        "integration_file.integration_file_source_action",
        ("No files are picked up yet",),
    ),
    "polled-sources": (
        "integration_file.integration_poll_action",
        ("Nothing is polled yet",),
    ),
}


@pytest.mark.parametrize("name", SCREENS)
def test_screen(browser, name):
    action, texts = SCREENS[name]
    browser.open(f"/odoo/action-{action}", texts[0])
    browser.expect(*texts[1:])
    browser.shoot(name)


# What the owner of the tables does with psql, triggers off; {id} is of a message.
ATTACKS = {
    "a changed bit in a message": (
        "UPDATE integration_message SET payload = '{{}}' WHERE id = {id}"
    ),
    "a changed bit in an attempt": (
        "UPDATE integration_attempt SET milliseconds = milliseconds + 1 WHERE delivery_id"
        " = (SELECT id FROM integration_delivery WHERE message_id = {id})"
    ),
    "a removed row": "DELETE FROM integration_message WHERE id = {id}",
    "a row that moved": (
        "UPDATE integration_message SET id = 2000000000 WHERE id = {id}"
    ),
    "a chain made anew without the key": (
        "UPDATE integration_message SET epoch = 'x' WHERE id = {id};"
        " UPDATE integration_seal SET digest = encode(sha256(digest::bytea), 'hex'),"
        " mac = encode(sha256(mac::bytea), 'hex') WHERE ledger = 'integration.message'"
        " AND {id} BETWEEN first_id AND last_id"
    ),
    "a tail that is gone with its seals": (
        "DELETE FROM integration_message WHERE id >= {id};"
        " DELETE FROM integration_seal WHERE ledger = 'integration.message'"
        " AND last_id >= {id}"
    ),
}


def find_sealed_up_to(environment):
    rows = environment.postgres.query(
        DATABASE,
        "SELECT COALESCE(max(last_id), 0) FROM integration_seal"
        " WHERE ledger = 'integration.message'",
    )
    return int(rows[0][0])


def verify(odoo):
    """Press the button; return all that was found."""
    action = odoo.call("integration.seal.verification", "action_verify")
    found = odoo.call(
        "integration.seal.verification",
        "search_read",
        action["domain"],
        ["ledger", "state", "faults"],
    )
    return "\n".join(row["faults"] or "" for row in found)


@pytest.fixture(scope="module")
def sealed(environment, server, partner):
    """Messages, two for each attack, sealed and anchored: ``[(id, uuid)]``."""
    uuids = [
        partner.deliver("connection.tested", {"text": str(number)})["message"]
        for number in range(2 * len(ATTACKS))
    ]
    listed = ", ".join(f"'{uuid}'" for uuid in uuids)
    rows = environment.postgres.query(
        DATABASE,
        f"SELECT id, uuid FROM integration_message WHERE uuid IN ({listed}) ORDER BY id",
    )
    last, start = max(int(row[0]) for row in rows), time.monotonic()
    until(
        lambda: find_sealed_up_to(environment) >= last,
        2 * MINUTE,
        "The messages are not sealed",
    )
    assert time.monotonic() - start < MINUTE
    time.sleep(3)  # the anchor follows the seal
    return [(int(row[0]), row[1]) for row in rows]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_owner_of_the_tables_does_is_found(
    environment, server, sealed, attack
):
    odoo = sign_in(server)
    message, uuid = sealed[2 * list(ATTACKS).index(attack)]
    assert uuid not in verify(odoo)
    environment.postgres.query(
        DATABASE,
        "SET session_replication_role = replica; "
        + ATTACKS[attack].format(id=message),
    )
    assert uuid in verify(odoo)


def test_screen_of_a_broken_log(browser):
    browser.open(
        "/odoo/action-integration_core.integration_seal_verification_action",
        "Not intact",
    )
    browser.shoot("seal-broken")


def test_console_of_the_browser_stays_clean(browser):
    assert browser.console_errors == []
