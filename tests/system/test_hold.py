"""A hold against real processes: races, and ways around it over JSON-RPC.

``HOLD_RACES`` sets the number of races; a thousand take half an hour on two cores.
"""

import os
import threading
import time

import pytest

from tests.plant.held_stock import HeldStock
from tests.plant.rpc import Odoo, OdooError

RACES = int(os.environ.get("HOLD_RACES", "20"))
PASSWORD = "Held-fast-1"


@pytest.fixture(scope="module")
def server(run_server):
    with run_server("system_hold", workers=3) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server):
    return sign_in(server, server.admin_login, server.admin_password)


@pytest.fixture(scope="module")
def stock_user(server, admin):
    groups = [
        admin.read("ir.model.data", ("name", "=", name), fields=["res_id"])[0]["res_id"]
        for name in ("group_stock_user", "group_production_lot", "group_user")
    ]
    admin.create(
        "res.users",
        name="Stock",
        login="hold-stock",
        password=PASSWORD,
        group_ids=[(6, 0, groups)],
    )
    return sign_in(server, "hold-stock", PASSWORD)


@pytest.fixture(scope="module")
def held(admin):
    return HeldStock.set_up(admin, "Held plate")


def sign_in(server, login, password):
    return Odoo(server.url, server.database, login, password)


class TestRaces:
    def test_a_hold_and_a_shipment_never_both_get_the_goods(self, server, admin, held):
        """If both come through, the hold came second and knew that nothing was left."""
        lots = held.make_lots([f"RACE-{number}" for number in range(RACES)], 5)
        pickings = [held.make_delivery(admin, lot, 5) for lot in lots]
        shipper = sign_in(server, server.admin_login, server.admin_password)
        latest = 1.5 * self.time_shipment(held, admin, shipper)
        outcomes = [
            self.race(held, admin, shipper, lot, picking, latest * number / RACES)
            for number, (lot, picking) in enumerate(zip(lots, pickings, strict=True))
        ]
        assert len(outcomes) == RACES
        assert set(outcomes) == {"held", "shipped first"}, outcomes

    def time_shipment(self, held, admin, shipper):
        """Return how many seconds a shipment takes that nobody holds up."""
        (lot,) = held.make_lots(["RACE-FREE"], 5)
        picking = held.make_delivery(admin, lot, 5)
        start = time.monotonic()
        held.validate(shipper, picking)
        return time.monotonic() - start

    def race(self, held, holder, shipper, lot, picking, head_start):
        """Hold and ship at once, or the hold so many seconds later."""
        start = threading.Barrier(2)
        refusals = []

        def hold():
            start.wait()
            time.sleep(head_start)
            holder.call("stock.lot", "set_disposition", [lot], "quarantined", "Stop")

        def ship():
            start.wait()
            try:
                held.validate(shipper, picking)
            except OdooError as error:
                refusals.append(str(error))

        threads = [threading.Thread(target=action) for action in (hold, ship)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return self.judge(held, lot, refusals)

    def judge(self, held, lot, refusals):
        (state,) = held.odoo.read("stock.lot", ("id", "=", lot), fields=["disposition"])
        assert state["disposition"] == "quarantined", refusals
        (entry,) = held.odoo.read(
            "lot.disposition.entry", ("lot_id", "=", lot), fields=["quantity"]
        )
        if held.count_gone(lot):
            # Both got the goods, if the hold believed to have stopped five of them.
            return "shipped first" if entry["quantity"] == 0 else "both"
        return "held" if held.on_hand(lot) == 5 else "lost"


class TestWaysAround:
    """Each way is tried by a stock user and by the administrator."""

    @pytest.fixture(params=["stock_user", "admin"])
    def user(self, request):
        return request.getfixturevalue(request.param)

    @pytest.fixture
    def lots(self, held, request):
        names = [f"{request.node.name}-{letter}" for letter in "AB"]
        stopped, free = held.make_lots(names, 10)
        held.odoo.call(
            "stock.lot", "set_disposition", [stopped], "quarantined", "Too soft"
        )
        return stopped, free

    def refuse(self, held, lots, action, *words):
        """The way is refused, with a sentence, and the goods are where they were."""
        with pytest.raises(OdooError) as refusal:
            action()
        for word in words:
            assert word in str(refusal.value)
        assert held.on_hand(lots[0]) == 10
        assert not held.count_gone(lots[0])

    def test_availability(self, held, user, lots):
        product = user.read(
            "product.product",
            ("id", "=", held.product),
            fields=["free_qty", "qty_available", "virtual_available"],
        )[0]
        assert product["qty_available"] - product["free_qty"] >= 10
        assert product["qty_available"] - product["virtual_available"] >= 10

    def test_reservation(self, held, user, lots):
        picking = user.create(
            "stock.picking",
            picking_type_id=held.out_type,
            location_id=held.stock,
            location_dest_id=held.customers,
            move_ids=[
                (0, 0, {**held.prepare_move([]), "product_uom_qty": 500, "picked": False})
            ],
        )
        user.call("stock.picking", "action_confirm", [picking])
        user.call("stock.picking", "action_assign", [picking])
        lines = user.read(
            "stock.move.line", ("move_id.picking_id", "=", picking), fields=["lot_id"]
        )
        assert lots[0] not in [line["lot_id"][0] for line in lines]
        user.call("stock.picking", "action_cancel", [picking])

    def test_lot_chosen_by_hand(self, held, user, lots):
        self.refuse(
            held, lots, lambda: held.make_delivery(user, lots[0]), "Too soft", "-A"
        )

    def test_lot_exchanged_on_the_line(self, held, user, lots):
        picking = held.make_delivery(user, lots[1])
        lines = held.find_lines(user, picking)
        for vals in ({"lot_id": lots[0]}, {"lot_id": lots[0], "quantity": 0.5}):
            self.refuse(
                held, lots, lambda v=vals: user.call("stock.move.line", "write", lines, v)
            )

    def test_lot_typed_by_name(self, held, user, lots):
        (name,) = held.odoo.read("stock.lot", ("id", "=", lots[0]), fields=["name"])
        picking = held.make_delivery(user, lots[1])
        lines = held.find_lines(user, picking)
        held.odoo.call(
            "stock.picking.type", "write", [held.out_type], {"use_create_lots": True}
        )
        user.call(
            "stock.move.line", "write", lines, {"lot_id": False, "lot_name": name["name"]}
        )
        self.refuse(held, lots, lambda: held.validate(user, picking))

    def test_batch(self, held, user, lots):
        picking = held.make_delivery(user, lots[1])
        batch = user.create("stock.picking.batch", picking_ids=[(6, 0, [picking])])
        user.call("stock.picking.batch", "action_confirm", [batch])
        lines = held.find_lines(user, picking)

        def ship():
            user.call("stock.move.line", "write", lines, {"lot_id": lots[0]})
            user.call("stock.picking.batch", "action_done", [batch])

        self.refuse(held, lots, ship)

    def test_state_written(self, held, user, lots):
        """No move of stock, but on the books it would be gone."""
        picking = held.make_delivery(user, lots[1])
        lines = held.find_lines(user, picking)
        for vals in (
            {"state": "done", "lot_id": lots[0]},
            {"lot_id": lots[0], "location_id": held.customers},
        ):
            self.refuse(
                held, lots, lambda v=vals: user.call("stock.move.line", "write", lines, v)
            )

    def test_done_line(self, held, user, lots):
        picking = held.make_delivery(user, lots[1])
        held.validate(user, picking)
        (line,) = user.read(
            "stock.move.line", ("move_id.picking_id", "=", picking), fields=["move_id"]
        )
        self.refuse(
            held,
            lots,
            lambda: user.call(
                "stock.move.line", "write", [line["id"]], {"lot_id": lots[0]}
            ),
        )
        more = held.prepare_line(lots[0], 1, move_id=line["move_id"][0])
        self.refuse(held, lots, lambda: user.create("stock.move.line", **more))

    def test_scrap(self, held, user, lots):
        def scrap():
            order = user.create(
                "stock.scrap",
                product_id=held.product,
                lot_id=lots[0],
                scrap_qty=1,
                location_id=held.stock,
            )
            user.call("stock.scrap", "action_validate", [order])

        self.refuse(held, lots, scrap)

    def test_relocation(self, held, user, lots):
        shelf = held.odoo.create(
            "stock.location", name="Shelf", location_id=held.stock
        )
        self.refuse(
            held,
            lots,
            lambda: user.call(
                "stock.lot", "write", [lots[0]], {"location_id": shelf}
            ),
        )

    def test_lot_deleted_released_by_field_or_import(self, held, user, lots):
        for action in (
            lambda: user.call("stock.lot", "unlink", [lots[0]]),
            lambda: user.call("stock.lot", "write", lots[:1], {"disposition": "released"}),
        ):
            self.refuse(held, lots, action)
        (lot,) = held.odoo.read("stock.lot", ("id", "=", lots[0]), fields=["name"])
        result = user.call(
            "stock.lot",
            "load",
            ["id", ".id", "disposition"],
            [["", str(lots[0]), "released"]],
        )
        assert not result["ids"], (lot, result)

    def test_context_of_the_caller(self, held, user, lots):
        """No key of a context opens anything."""
        picking = held.make_delivery(user, lots[1])
        lines = held.find_lines(user, picking)
        forged = {
            "lot_disposition_scope": "released",
            "lot_disposition_gather": {"use": "inbound"},
            "inventory_mode": True,
            "import_file": True,
            "install_mode": True,
            "bypass_reservation_update": True,
            "skip_uom_conversion": True,
        }
        self.refuse(
            held,
            lots,
            lambda: user.call(
                "stock.move.line", "write", lines, {"lot_id": lots[0]}, context=forged
            ),
        )


class TestStockUser:
    """What quality may do, on record, a stock user may not."""

    @pytest.fixture
    def held(self, admin):
        return HeldStock.set_up(admin, "Guarded plate")

    @pytest.fixture
    def lot(self, held):
        (lot,) = held.make_lots(["GUARDED"], 10)
        held.odoo.call("stock.lot", "set_disposition", [lot], "quarantined", "Too soft")
        return lot

    def test_count_rename_and_quants(self, held, stock_user, lot):
        (quant,) = stock_user.search(
            "stock.quant", ("lot_id", "=", lot), ("location_id", "=", held.stock)
        )
        mode = {"inventory_mode": True}
        attempts = (
            lambda: stock_user.call("stock.lot", "write", [lot], {"name": "OTHER"}),
            lambda: stock_user.call("stock.quant", "write", [quant], {"quantity": 0}),
            lambda: stock_user.call(
                "stock.quant",
                "write",
                [quant],
                {"inventory_quantity_auto_apply": 0},
                context=mode,
            ),
            lambda: self.count(stock_user, quant, mode),
            lambda: stock_user.call("stock.lot", "set_disposition", [lot], "released", "x"),
        )
        for attempt in attempts:
            with pytest.raises(OdooError):
                attempt()
        assert held.on_hand(lot) == 10

    def count(self, user, quant, mode):
        user.call("stock.quant", "write", [quant], {"inventory_quantity": 3}, context=mode)
        user.call("stock.quant", "action_apply_inventory", [quant], context=mode)

    def test_server_action_as_superuser(self, held, admin, lot):
        """Even code that an administrator writes does not get past the ledger."""
        (model,) = admin.search("ir.model", ("model", "=", "stock.lot"))
        action = admin.create(
            "ir.actions.server",
            name="Release",
            model_id=model,
            state="code",
            code=f"env['stock.lot'].browse({lot}).sudo().write({{'disposition': 'released'}})",
        )
        with pytest.raises(OdooError, match="ledger"):
            admin.call("ir.actions.server", "run", [action])
        (state,) = admin.read("stock.lot", ("id", "=", lot), fields=["disposition"])
        assert state["disposition"] == "quarantined"
