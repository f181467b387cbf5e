"""A quality manager contains what a receipt brought, in a real browser."""

import pytest

from tests.plant.browser import Browser
from tests.plant.held_stock import HeldStock
from tests.plant.rpc import Odoo

REASON = "Crushed pallet, cartons wet"


@pytest.fixture(scope="module")
def server(run_server):
    with run_server("system_contain", workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server):
    return Odoo(server.url, server.database, server.admin_login, server.admin_password)


@pytest.fixture
def browser(server, tmp_path_factory):
    with Browser(server.url, server.paths.runtime / "screenshots") as opened:
        opened.sign_in(server.admin_login, server.admin_password)
        yield opened


@pytest.fixture
def held(admin):
    return HeldStock.set_up(admin, "Epoxy primer")


def receive(held, lot):
    """Return a receipt that brought five of a lot."""
    (kind,) = held.odoo.read(
        "stock.picking.type",
        ("code", "=", "incoming"),
        fields=["default_location_src_id"],
        limit=1,
    )
    (supplier,) = held.odoo.search("stock.location", ("usage", "=", "supplier"), limit=1)
    places = {"location_id": supplier, "location_dest_id": held.stock}
    move = held.prepare_move([held.prepare_line(lot, 5, **places)], **places)
    receipt = held.odoo.create(
        "stock.picking",
        picking_type_id=kind["id"],
        move_ids=[(0, 0, move)],
        **places,
    )
    held.odoo.call("stock.picking", "action_confirm", [receipt])
    held.validate(held.odoo, receipt)
    return receipt


def test_three_clicks_from_the_receipt(browser, admin, held):
    (lot,) = held.make_lots(["PRIMER-0815"], 20)
    receipt = receive(held, lot)
    delivery = held.make_delivery(admin, lot, 8)
    admin.call("stock.picking", "action_assign", [delivery])

    browser.open(f"/odoo/action-stock.stock_picking_action_picking_type/{receipt}", "Epoxy")
    clicks = 0
    for text in ("Contain", "reason", "Hold"):
        clicks += 1
        if text != "reason":
            browser.click_text(text, "button")
            continue
        browser.wait(
            "document.querySelector('.modal [name=reason] input')", "No wizard opened"
        )
        browser.expect("PRIMER-0815")
        browser.shoot("contain-wizard")
        fill(browser, ".modal [name=reason] input", REASON)
    assert clicks == 3
    browser.wait("!document.querySelector('.modal')", "The wizard stays open")

    (state,) = admin.read(
        "stock.lot", ("id", "=", lot), fields=["disposition", "disposition_reason"]
    )
    assert state["disposition"] == "quarantined"
    assert state["disposition_reason"] == REASON
    look_at_it(browser, held, lot, delivery)
    assert not browser.console_errors, browser.console_errors


def fill(browser, selector, text):
    browser.run(f"""(() => {{
        const input = document.querySelector({selector!r});
        input.focus();
        input.value = {text!r};
        input.dispatchEvent(new Event('input', {{bubbles: true}}));
        input.dispatchEvent(new Event('change', {{bubbles: true}}));
    }})()""")


def look_at_it(browser, held, lot, delivery):
    """Held stock shows with its reason wherever a person looks at stock."""
    pages = {
        "hold-lot": (f"/odoo/lots-on-hold/{lot}", REASON),
        "hold-lots": ("/odoo/lots-on-hold", "Quarantined"),
        "hold-ledger": ("/odoo/lot-disposition-ledger", REASON),
        "hold-danger": ("/odoo/lots-in-danger", "PRIMER-0815"),
        "hold-delivery": (
            f"/odoo/action-stock.stock_picking_action_picking_type/{delivery}",
            REASON,
        ),
    }
    for name, (path, text) in pages.items():
        browser.open(path, text)
        browser.shoot(name)
