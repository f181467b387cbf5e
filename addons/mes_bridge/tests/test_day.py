import os
import random
from collections import defaultdict
from datetime import timedelta

from odoo import Command

from . import day as days
from .common import MesCase

# The whole proof: MES_PERMUTATIONS=200.
PERMUTATIONS = int(os.environ.get("MES_PERMUTATIONS", "3"))
CODES = (
    "production.operation.started",
    "production.operation.paused",
    "production.operation.resumed",
    "production.operation.ended",
    "production.consumed",
    "production.reported",
    "production.scrapped",
    "production.reworked",
    "production.labour",
    "production.reversed",
    "production.order.completed",
)


class DayCase(MesCase):
    """A plant with a three-step warehouse, two operations, a by-product, serials."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(*CODES)
        cls.warehouse = cls.env["stock.warehouse"].create(
            {"name": "Plant 2", "code": "P2", "manufacture_steps": "pbm_sam"}
        )
        cls.runner, cls.machine = cls.env["product.product"].create(
            [
                {"name": "RUNNER", "default_code": "RUNNER", "is_storable": True},
                {
                    "name": "MACHINE",
                    "default_code": "MACHINE",
                    "is_storable": True,
                    "tracking": "serial",
                },
            ]
        )
        cls.map("item", "M-RUNNER", cls.runner)
        burr = cls.env["stock.scrap.reason.tag"].create({"name": "Burr"})
        cls.map("scrap_reason", "BURR", burr)
        cls.centre = cls.env["mrp.workcenter"].create({"name": "Press 4"})
        cls.map("work_centre", "PRESS-4", cls.centre)
        lines = [
            Command.create({"product_id": cls.raw.id, "product_qty": 2}),
            Command.create({"product_id": cls.extra.id, "product_qty": 1}),
        ]
        cls.moulded = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.finished.product_tmpl_id.id,
                "consumption": "flexible",
                "bom_line_ids": lines,
                "byproduct_ids": [
                    Command.create({"product_id": cls.runner.id, "product_qty": 1})
                ],
                "operation_ids": [
                    Command.create(
                        {
                            "name": name,
                            "workcenter_id": cls.centre.id,
                            "time_cycle_manual": 5,
                            "sequence": sequence,
                        }
                    )
                    for sequence, name in enumerate(("Moulding", "Packing"))
                ],
            }
        )
        cls.assembled = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.machine.product_tmpl_id.id,
                "consumption": "flexible",
                "bom_line_ids": lines[:1],
            }
        )
        cls.value_stock()
        Quant = cls.env["stock.quant"]
        for lot in cls.lots.values():
            Quant._update_available_quantity(
                cls.raw, cls.warehouse.lot_stock_id, 500, lot_id=lot
            )
        Quant._update_available_quantity(cls.extra, cls.warehouse.lot_stock_id, 500)

    @classmethod
    def value_stock(cls):
        """Where stock is valued: components cost, and so do their products."""
        if "property_cost_method" in cls.env["product.category"]._fields:
            products = cls.raw | cls.extra | cls.finished | cls.machine
            products.categ_id = cls.env["product.category"].create(
                {"name": "Average", "property_cost_method": "average"}
            )
            cls.centre.costs_hour = 60
            cls.raw.standard_price = 3
            cls.extra.standard_price = 0.5
            # Prices were set before the day began, not after it.
            cls.env["product.value"].search(
                [("product_id", "in", products.ids)]
            ).date = days.MORNING - timedelta(days=1)

    def release(self, bom, quantity, warehouse=None):
        vals = {
            "product_id": bom.product_tmpl_id.product_variant_id.id,
            "product_qty": quantity,
            "bom_id": bom.id,
        }
        if warehouse:
            vals["picking_type_id"] = warehouse.manu_type_id.id
        production = self.env["mrp.production"].create(vals)
        production.action_confirm()
        production.action_assign()
        production.action_release_to_mes()
        return production.mes_order_ids

    def play(self, reports):
        for code, payload, envelope in reports:
            key = f"{envelope['event_id']}-{next(self.counter)}"
            message = self.receive(code, payload, idempotency_key=key, **envelope)
            delivery = message.delivery_ids
            self.assertIn(
                delivery.state, ("done", "ignored"), f"{payload}: {delivery.last_error}"
            )

    def fingerprint(self, orders):
        """Everything that must not depend on the order of arrival."""
        return {
            "orders": [self.describe_order(order) for order in orders],
            "stock": self.describe_stock(),
            "moves": self.describe_moves(orders),
            "time": self.describe_time(orders),
            "value": self.describe_value(orders),
            "put_away": self.describe_put_away(orders),
        }

    def neutral(self, name):
        """Lots are named after their order, whose number goes up."""
        return name and name.rsplit("/", 1)[-1].split("-", 1)[-1]

    def describe_order(self, order):
        return (
            order.state,
            order.part,
            order.good_qty,
            order.scrapped_qty,
            order.waits_for,
            [
                (p.state, p.qty_produced, p.product_qty, p.date_start, p.date_finished)
                for p in order.production_ids.sorted("backorder_sequence")
            ],
        )

    def describe_stock(self):
        quants = self.env["stock.quant"].search(
            [
                (
                    "product_id",
                    "in",
                    (
                        self.raw
                        | self.extra
                        | self.finished
                        | self.runner
                        | self.machine
                    ).ids,
                )
            ]
        )
        totals = defaultdict(float)
        for quant in quants:
            key = (
                quant.product_id.name,
                self.neutral(quant.lot_id.name),
                quant.location_id.complete_name,
            )
            totals[key] += quant.quantity
        return {
            key: round(total, 6) for key, total in totals.items() if abs(total) > 1e-6
        }

    def describe_moves(self, orders):
        moves = orders.event_ids.move_ids
        self.assertLessEqual(set(moves.mapped("state")), {"done"})
        totals = defaultdict(float)
        for line in moves.move_line_ids:
            key = (
                line.product_id.name,
                self.neutral(line.lot_id.name),
                line.date,
                line.move_id.date,
                line.location_dest_id.usage,
            )
            totals[key] += line.quantity
        return {key: total for key, total in totals.items() if total}

    def describe_time(self, orders):
        return sorted(
            (w.name, w.state, w.date_start, w.date_finished, t.date_start, t.date_end)
            for w in orders.production_ids.workorder_ids
            for t in w.time_ids
        )

    def describe_value(self, orders):
        moves = orders.event_ids.move_ids
        if "value" not in moves._fields:
            return {}
        totals = defaultdict(float)
        for move in moves:
            totals[move.product_id.name, move.is_in] += move.value
        prices = (self.finished | self.machine).mapped("standard_price")
        return {key: round(total, 2) for key, total in totals.items()} | {
            "prices": [round(price, 2) for price in prices]
        }

    def describe_put_away(self, orders):
        totals = defaultdict(float)
        for move in orders.event_ids.move_ids.move_dest_ids:
            if move.state != "cancel":
                totals[move.product_id.name, move.state] += move.product_uom_qty
        return {key: total for key, total in totals.items() if total}


class TestDay(DayCase):
    """Any permutation and duplication of a day's reports ends in the same state."""

    def pick(self, order):
        for picking in order.production_id.picking_ids.filtered(
            lambda p: p.picking_type_id == self.warehouse.pbm_type_id
        ):
            picking.move_ids.picked = True
            picking._action_done()

    def end_of_day(self, seed, shuffle):
        """Play a generated day, shuffled by ``shuffle`` if given."""
        order = self.release(self.moulded, 14, self.warehouse)
        other = self.release(self.assembled, 4)
        self.pick(order)
        generate = random.Random(seed)
        first = days.moulded_day(order.name, generate)
        serial = days.serial_day(other.name, generate)
        rest = days.rest_of_day(order.name, generate, first)
        reports = first.reports + serial.reports + rest.reports
        if shuffle:
            reports += shuffle.sample(reports, 8)
            shuffle.shuffle(reports)
        self.play(reports)
        self.check_sums(order, (first, rest))
        return self.fingerprint(order | other)

    def check_sums(self, order, parts):
        """What the messages say is what stock says."""
        lines = order.event_ids.move_ids.move_line_ids
        for item, product in (("M-RAW", self.raw), ("M-SCREW", self.extra)):
            said = sum(
                quantity
                for part in parts
                for (code, _lot), quantity in part.consumed.items()
                if code == item
            )
            self.assertAlmostEqual(
                sum(
                    lines.filtered(lambda line, p=product: line.product_id == p).mapped(
                        "quantity"
                    )
                ),
                said,
            )
        stock = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.finished.id),
                ("location_id.usage", "=", "internal"),
            ]
        )
        self.assertAlmostEqual(
            sum(stock.mapped("quantity")), sum(part.good for part in parts)
        )

    def test_any_permutation_ends_the_same(self):
        seed = random.Random(os.environ.get("MES_SEED", "20260324")).random()
        shuffle = random.Random(seed)
        expected = None
        for number in range(PERMUTATIONS + 1):
            savepoint = self.env.cr.savepoint(flush=True)
            outcome = self.end_of_day(seed, shuffle if number else None)
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            expected = expected or outcome
            with self.subTest(number=number):
                self.maxDiff = None
                self.assertEqual(outcome, expected)
        self.assertEqual([order[0] for order in expected["orders"]], ["closed"] * 2)
