"""The plant's day from outside, and what people see of it afterwards."""

import os
from pathlib import Path

import pytest

from tests.plant.browser import Browser
from tests.plant.day import play
from tests.plant.day.story import FINISHED_LOT, LOT_B
from tests.plant.partner import until
from tests.plant.screens import Walk, find_roles
from tests.system.conftest import sign_in

STEPS = (
    "asn",
    "inspection",
    "laboratory",
    "production",
    "recall",
    "epcis",
    "crash",
    "reconciliation",
)


@pytest.fixture(scope="module")
def played(run_server):
    """The day, played once: ``(server, steps)``."""
    with run_server("system_day", log_level="info") as server:
        yield server, play(server)


@pytest.fixture(scope="module")
def browser(played):
    server, _steps = played
    folder = Path(os.environ.get("SCREENSHOTS") or server.paths.runtime / "screenshots")
    with Browser(server.url, folder) as opened:
        opened.sign_in(server.admin_login, server.admin_password)
        yield opened


@pytest.mark.parametrize("name", STEPS)
def test_step_of_the_day(played, name):
    _server, steps = played
    step = next(step for step in steps if step.name == name)
    assert step.ok, step.observed["summary"]
    assert step.observed["records"]


def test_every_record_of_the_account_exists(played):
    server, steps = played
    odoo = sign_in(server)
    for step in steps:
        for record in step.observed["records"]:
            assert odoo.count(record["model"], ("id", "=", record["id"])) == 1, record


def find(played, step_name, model, name=None):
    """Return the id of a record that a step named."""
    _server, steps = played
    step = next(step for step in steps if step.name == step_name)
    return next(
        record["id"]
        for record in step.observed["records"]
        if record["model"] == model and (name is None or record["name"] == name)
    )


def test_screen_settings(browser):
    browser.open("/odoo/settings#integration_core", "integration-settings")
    browser.click_text("Integration", ".settings_tab .tab")
    browser.expect("Address for systems", "Encryption key", "Ready", "Lanes")
    browser.shoot("settings")


def test_screen_system(played, browser):
    server, _steps = played
    system = sign_in(server).search("integration.system", ("code", "=", "mes"))[0]
    browser.open(f"/odoo/integration-systems/{system}", "Moulding line (MES)")
    browser.expect("Scopes", "Service user", "/integration/v1/mes/messages", "Suspend")
    browser.shoot("system")


def test_screen_message_list(browser):
    browser.open("/odoo/integration-messages", "connection.tested")
    browser.expect("Line gateway", "Inbound", "Done")
    browser.shoot("message-list")


def test_screen_message_with_attempts(played, browser):
    server, _steps = played
    odoo = sign_in(server)
    delivery = find(played, "production", "integration.delivery")
    message = odoo.get("integration.delivery", delivery, "message_id")["message_id"][0]
    browser.open(f"/odoo/integration.message/{message}", "production.order.released")
    browser.click_text("Deliveries and attempts", ".nav-link")
    browser.expect("MES events", "ConnectionError", "Failed, tried again", "Done")
    browser.shoot("message-attempts")


def test_screen_quarantined_lot(played, browser):
    lot = find(played, "laboratory", "stock.lot", LOT_B)
    browser.open(f"/odoo/stock.lot/{lot}", LOT_B)
    browser.expect("Quarantined", "1480", "cannot be consumed or shipped", "Release")
    browser.shoot("quarantined-lot")


def test_screen_recall(played, browser):
    recall = find(played, "recall", "traceability.recall")
    browser.open(f"/odoo/traceability.recall/{recall}", "RECALL/")
    browser.expect("Nordpump AG", FINISHED_LOT, "Time to answer", "Contain")
    browser.shoot("recall")


def create_translation(odoo):
    system = odoo.search("integration.system", ("code", "=", "mes"))[0]
    contracts = {
        row["code"]: row["id"]
        for row in odoo.read(
            "integration.contract", ("direction", "=", "in"), fields=["code"]
        )
    }
    return odoo.create(
        "integration.translation",
        name="Reports of the old line",
        system_id=system,
        source_contract_id=contracts["production.reported"],
        target_contract_id=contracts["connection.tested"],
        expression="{text: join(' ', [ref, to_utc(at)])}",
        sample='{"ref": "MO-42", "at": "2026-03-02T06:15:00"}',
    )


def create_policy(odoo):
    return odoo.create(
        "integration.policy",
        contract_code="production.reported",
        late_rule="wait",
        criticality="line_stop",
    )


def create_replay(odoo):
    return odoo.create(
        "integration.replay",
        reason="The line was replaced",
        direction="out",
        delivery_state="done",
    )


def find_playbook(odoo):
    return odoo.ref("integration_lot_disposition.demo_playbook_contain")


def find_playbook_run(odoo):
    """The answer to the lot that was quarantined during the day."""

    def waiting():
        return odoo.search(
            "integration.playbook.run",
            ("playbook_id", "=", find_playbook(odoo)),
            ("state", "=", "waiting"),
        )

    return until(waiting, 120, "No run of the playbook waits for a person")[0]


SCREENS = {
    "playbook": (
        "integration.playbook",
        find_playbook,
        ("Contain a quarantined lot", "to == 'quarantined'", "Count what is left"),
    ),
    "playbook-run": (
        "integration.playbook.run",
        find_playbook_run,
        ("Contain a quarantined lot", "Continue", "Undo what was done"),
    ),
    "translation": (
        "integration.translation",
        create_translation,
        ("Reports of the old line", "Activate", "MO-42 2026-03-02T"),
    ),
    "policy": (
        "integration.policy",
        create_policy,
        ("Wait for what is missing", "Stops the line", "Late in 24 h"),
    ),
    "replay": (
        "integration.replay",
        create_replay,
        ("The line was replaced", "To be replayed", "production.order.released"),
    ),
}


@pytest.mark.parametrize("name", SCREENS)
def test_screen_of_what_governs_a_flow(played, browser, name):
    server, _steps = played
    model, create, texts = SCREENS[name]
    record = create(sign_in(server))
    browser.open(f"/odoo/{model}/{record}", texts[0])
    browser.expect(*texts[1:])
    browser.shoot(name)


def test_screen_seal_verifications(played, browser):
    server, _steps = played
    odoo = sign_in(server)
    (cron,) = odoo.search("ir.cron", ("cron_name", "=like", "%seal the ledgers"))
    odoo.run_cron(cron)
    odoo.call("integration.seal.verification", "action_verify")
    browser.open(
        "/odoo/action-integration_core.integration_seal_verification_action", "Intact"
    )
    browser.expect("Verify now", "lot.disposition.entry", "integration.message")
    browser.shoot("seal-verifications")


def test_screen_server_action(played, browser):
    server, _steps = played
    odoo = sign_in(server)
    contract = odoo.search(
        "integration.contract", ("code", "=", "lot.disposition.changed")
    )[0]
    (model,) = odoo.search("ir.model", ("model", "=", "stock.lot"))
    members = [(0, 0, {"name": "lot", "field_path": "name"})]
    action = odoo.create(
        "ir.actions.server",
        name="Tell of a lot",
        model_id=model,
        state="integration_publish",
        integration_contract_id=contract,
        integration_member_ids=members,
    )
    browser.open(f"/odoo/ir.actions.server/{action}", "Tell of a lot")
    browser.expect("lot.disposition.changed", "Publish Integration Event")
    browser.shoot("server-action")


def test_console_stays_clean(browser):
    assert browser.console_errors == []


def test_every_screen_opens_for_those_who_see_it(played, browser):
    """Every menu, in every view, with a record and with a new one; SCREENSHOTS keeps all."""
    server, _steps = played
    walk = Walk(browser, shoot="SCREENSHOTS" in os.environ)
    for role in find_roles(sign_in(server)):
        walk.walk(role, server.admin_password)
    assert walk.screens > 200
    assert walk.faults == []
