import os
import random

from odoo.tests import tagged

from .common import TraceCase
from .history import History

STEPS = int(os.environ.get("TRACE_HISTORY_STEPS", "12"))
HISTORIES = int(os.environ.get("TRACE_HISTORIES", "2"))
SEED = int(os.environ.get("TRACE_HISTORY_SEED", "19"))


class HistoryCase(TraceCase):
    """A random life of a plant; each operation is told to the reference as well."""

    operations = (
        "receive",
        "produce",
        "produce",
        "rework",
        "backorder",
        "split",
        "merge",
        "unbuild",
        "ship",
        "ship",
        "return_from_customer",
        "return_to_vendor",
        "scrap",
    )

    def live(self, seed):
        self.random, self.history = random.Random(seed), History()
        self.lots, self.orders, self.count = {}, [], 0
        for operation in ["receive"] * 3 + ["produce"]:
            getattr(self, f"do_{operation}")()
        for _step in range(STEPS):
            getattr(self, f"do_{self.random.choice(self.operations)}")()

    def name(self, product=None):
        self.count += 1
        lot = self.lot(f"L{self.count}", product)
        self.lots[lot.name] = lot
        return lot.name

    def pick(self, count=1, product=None, at_least=1):
        """Return names of up to so many lots that have something on hand."""
        names = [
            name
            for name, left in self.history.on_hand.items()
            if left >= at_least
            and (not product or self.lots[name].product_id == product)
        ]
        return self.random.sample(names, min(count, len(names)))

    def do_receive(self):
        name = self.name()
        self.receive_lot(self.lots[name], 20)
        self.history.add(name, 20)

    def take(self, names):
        return {name: self.random.randint(1, 3) for name in names}

    def by_lot(self, parts):
        return {self.lots[name]: quantity for name, quantity in parts.items()}

    def do_produce(self, **context):
        inputs = self.take(self.pick(3, self.raw, at_least=3))
        if not inputs:
            return
        outputs = {
            self.name(self.finished): 2 for _n in range(self.random.randint(1, 2))
        }
        order = self.order(self.finished, sum(outputs.values()))
        self.finish(order, self.by_lot(inputs), self.by_lot(outputs), **context)
        self.history.transform(inputs, outputs)
        self.orders.append((order, inputs, outputs))

    def do_rework(self):
        """A finished lot goes in again and comes out under its own number."""
        [name, *_none] = self.pick(1, self.finished, at_least=2) or [None]
        extra = self.take(self.pick(1, self.raw, at_least=3))
        if not name or not extra:
            return
        order = self.order(self.finished, 2, {self.finished: 2, self.raw: 1})
        self.finish(order, self.by_lot({name: 2, **extra}), self.by_lot({name: 2}))
        self.history.transform({name: 2, **extra}, {name: 2})

    def do_backorder(self):
        names = self.pick(2, self.raw, at_least=3)
        if not names:
            return
        order = self.order(self.finished, 3)
        for part, name in enumerate((names[0], names[-1])):
            outputs = {self.name(self.finished): 1 + part}
            if self.history.on_hand[name] < 2:
                return
            context = {} if part else {"mo_ids_to_backorder": order.ids}
            self.finish(order, self.by_lot({name: 2}), self.by_lot(outputs), **context)
            self.history.transform({name: 2}, outputs)
            order = order.production_group_id.production_ids - order

    def do_split(self):
        for name in self.pick(1, at_least=3):
            product = self.lots[name].product_id
            parts = {self.name(product): 1, self.name(product): 2}
            self.env["traceability.relabel"].split(
                self.lots[name], self.stock, parts, "Test"
            )
            self.history.transform({name: 3}, parts)

    def do_merge(self):
        names = self.pick(2, self.raw)
        if len(names) < 2:
            return
        lots = self.env["stock.lot"].concat(*(self.lots[name] for name in names))
        inputs = {name: self.history.on_hand[name] for name in names}
        merged = self.name(self.raw)
        self.env["traceability.relabel"].merge(lots, self.stock, merged, "Test")
        self.history.transform(inputs, {merged: sum(inputs.values())})

    def do_unbuild(self):
        """Take an order of one lot apart as a whole."""
        for order, inputs, outputs in self.orders:
            [name, *more] = outputs
            if more or self.history.on_hand[name] < outputs[name]:
                continue
            unbuild = self.env["mrp.unbuild"].create(
                {
                    "product_id": self.finished.id,
                    "lot_id": self.lots[name].id,
                    "mo_id": order.id,
                    "product_qty": outputs[name],
                    "location_id": self.stock.id,
                    "location_dest_id": self.stock.id,
                }
            )
            unbuild.action_unbuild()
            self.history.transform(outputs, inputs)
            self.orders.remove((order, inputs, outputs))
            return

    def do_ship(self):
        for name in self.pick():
            self.ship(self.lots[name], 1)
            self.history.ship(name, 1)

    def do_return_from_customer(self):
        names = [name for name, left in self.history.shipped.items() if left]
        if names:
            name = self.random.choice(names)
            self.take_back(self.lots[name], 1)
            self.history.ship(name, -1)

    def do_return_to_vendor(self):
        for name in self.pick(1, self.raw):
            self.transfer(
                self.lots[name], 1, self.stock, self.suppliers, self.supplier, "out"
            )
            self.history.add(name, -1)

    def do_scrap(self):
        for name in self.pick():
            lot = self.lots[name]
            self.env["stock.scrap"].create(
                {
                    "product_id": lot.product_id.id,
                    "lot_id": lot.id,
                    "scrap_qty": 1,
                    "location_id": self.stock.id,
                }
            ).do_scrap()
            self.history.add(name, -1)

    # What must hold afterwards ----------------------------------------------

    def check_everything(self):
        self.check_graph()
        self.check_quantities()
        self.check_recall()
        self.check_undamaged()

    def check_graph(self):
        Edge = self.env["traceability.edge"]
        for name, lot in self.lots.items():
            for way in ("forward", "backward"):
                found = self.env["stock.lot"].browse(Edge.trace(lot, way).lot_ids)
                self.assertEqual(
                    set(found.mapped("name")),
                    self.history.closure(name, backward=way == "backward"),
                    (name, way),
                )

    def check_quantities(self):
        lots = self.env["stock.lot"].concat(*self.lots.values())
        balances = lots.get_mass_balance()
        for name, lot in self.lots.items():
            balance = balances[str(lot.id)]
            self.assertAlmostEqual(balance["gap"], 0, msg=name)
            self.assertAlmostEqual(
                balance["on_hand"], self.history.on_hand.get(name, 0), msg=name
            )
            consumed = sum(
                self.edges(input_lot_id=lot.id)
                .filtered(lambda e: e.kind in ("production", "unbuild", "relabel"))
                .mapped("quantity")
            )
            self.assertAlmostEqual(
                consumed, self.history.consumed.get(name, 0), msg=name
            )

    def check_undamaged(self):
        """What the addon itself wrote is never taken for damage."""
        check = self.env["traceability.check"]._start(is_full=True)
        while check.state == "running":
            check._work_off_portion()
        self.assertFalse(check.damage)

    def check_recall(self):
        name = self.random.choice(list(self.lots))
        recall = self.env["traceability.recall"].create({"lot_id": self.lots[name].id})
        recall.action_run()
        affected = self.history.closure(name)
        expected = {
            lot: quantity
            for lot, quantity in self.history.shipped.items()
            if quantity and lot in affected
        }
        self.assertEqual(
            {row.lot_id.name: row.quantity for row in recall.customer_ids}, expected
        )

    def check_histories(self):
        """Live every history and check it, each from the same beginning."""
        for seed in range(SEED, SEED + HISTORIES):
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self.live(seed)
                self.check_everything()
                savepoint.rollback()
                self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestHistory(HistoryCase):
    def test_the_graph_equals_the_reference_and_quantities_balance(self):
        self.check_histories()
