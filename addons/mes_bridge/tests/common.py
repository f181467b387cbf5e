from contextlib import contextmanager

from odoo import Command

from odoo.addons.integration_core.tests.common import IntegrationCase

CODES = (
    "production.operation.started",
    "production.consumed",
    "production.reported",
    "production.order.completed",
)


class MesCase(IntegrationCase):
    """A confirmed order of ten, made from twenty of one lot-tracked component."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant(*CODES)
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = warehouse.lot_stock_id
        cls.raw, cls.extra, cls.finished = (
            cls.env["product.product"].create(
                {
                    "name": name,
                    "default_code": name,
                    "is_storable": True,
                    "tracking": tracking,
                }
            )
            for name, tracking in (("RAW", "lot"), ("SCREW", "none"), ("FIN", "lot"))
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.finished.product_tmpl_id.id,
                "consumption": "flexible",
                "bom_line_ids": [
                    Command.create({"product_id": cls.raw.id, "product_qty": 2}),
                    Command.create({"product_id": cls.extra.id, "product_qty": 1}),
                ],
            }
        )
        cls.lots = {
            name: cls.env["stock.lot"].create({"name": name, "product_id": cls.raw.id})
            for name in ("A", "B")
        }
        Quant = cls.env["stock.quant"]
        for lot in cls.lots.values():
            Quant._update_available_quantity(cls.raw, cls.stock, 1000, lot_id=lot)
        Quant._update_available_quantity(cls.extra, cls.stock, 1000)
        for code, product in (("M-RAW", cls.raw), ("M-SCREW", cls.extra)):
            cls.map("item", code, product)
        cls.map("unit", "EA", cls.env.ref("uom.product_uom_unit"))
        cls.map("unit", "KGM", cls.env.ref("uom.product_uom_kgm"))

    def make_order(self, quantity=10):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.finished.id,
                "product_qty": quantity,
                "bom_id": self.bom.id,
            }
        )
        production.action_confirm()
        production.action_assign()
        production.action_release_to_mes()
        return production.mes_order_ids

    def day(self, order, finished_lot):
        """The reports of a day: ``[(contract, payload, event id)]``."""
        common = {"order": order.name}
        rows = [
            (CODES[0], {"operation": "Moulding"}),
            (CODES[1], {"item": "M-RAW", "lot": "A", "quantity": 12.5, "unit": "EA"}),
            (CODES[1], {"item": "M-RAW", "lot": "B", "quantity": 8, "unit": "EA"}),
            (CODES[1], {"item": "M-SCREW", "quantity": 0, "unit": "EA"}),
            (CODES[2], {"lot": finished_lot, "quantity": 6, "unit": "EA"}),
            (CODES[2], {"lot": finished_lot, "quantity": 3, "unit": "EA"}),
            (
                CODES[3],
                {
                    "good_quantity": 9,
                    "unit": "EA",
                    "consumed": [
                        {"item": "M-RAW", "lot": "A", "quantity": 12.5, "unit": "EA"},
                        {"item": "M-RAW", "lot": "B", "quantity": 8, "unit": "EA"},
                        {"item": "M-SCREW", "quantity": 0, "unit": "EA"},
                    ],
                },
            ),
        ]
        return [
            (code, common | payload, f"{order.name}-{number}")
            for number, (code, payload) in enumerate(rows)
        ]

    def report(self, code, payload, event_id, **envelope):
        return self.receive(
            code, payload, event_id=event_id, order_key=payload["order"], **envelope
        ).delivery_ids

    def send(self, day, verb, **payload):
        """Say something on a ``day.Day`` and take it in. Returns its delivery."""
        day.say(verb, **payload)
        code, payload, envelope = day.reports[-1]
        return self.receive(code, payload, **envelope).delivery_ids

    def assert_parked(self, delivery, kind):
        """Returns the exception; ``kind`` is ours where no addon is named."""
        self.assertEqual(delivery.state, "parked", delivery.last_error)
        code = kind if "." in kind else f"mes_bridge.{kind}"
        self.assertEqual(delivery.exception_id.kind_id.code, code)
        return delivery.exception_id

    def quantity(self, product, lot=None, usage="internal"):
        domain = [
            ("product_id", "=", product.id),
            ("location_id.usage", "=", usage),
            *([("lot_id.name", "=", lot)] if lot else []),
        ]
        return sum(self.env["stock.quant"].search(domain).mapped("quantity"))

    @contextmanager
    def apart(self, **params):
        """A case of a table, of which nothing is left for the next one."""
        with self.subTest(**params):
            savepoint = self.env.cr.savepoint(flush=True)
            try:
                yield
                self.env.flush_all()
            finally:
                savepoint.close(rollback=True)
                self.env.invalidate_all(flush=False)

    def outcome(self, order):
        """What must be the same however the reports came."""
        production = order.production_id
        consumed = {}
        for line in production.move_raw_ids.move_line_ids.filtered(
            lambda line: line.state == "done"
        ):
            key = (line.product_id.default_code, line.lot_id.name)
            consumed[key] = consumed.get(key, 0) + line.quantity
        made = {}
        for line in production.move_finished_ids.move_line_ids:
            made[line.lot_id.name] = made.get(line.lot_id.name, 0) + line.quantity
        return {
            "state": (order.state, production.state),
            "consumed": consumed,
            "made": sorted(made.items()),
            "quantity": production.qty_produced,
        }
