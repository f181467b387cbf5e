from odoo import Command

from odoo.addons.integration_core.tests.common import IntegrationCase


class ShipmentCase(IntegrationCase):
    """An order of steel by lot and gloves by piece, and its supplier's connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kg = cls.env.ref("uom.product_uom_kgm")
        cls.piece = cls.env.ref("uom.product_uom_unit")
        cls.supplier = cls.env["res.partner"].create(
            {"name": "Nordic Steel", "is_company": True}
        )
        cls.steel = cls._create_product("Steel", "lot", cls.kg)
        cls.gloves = cls._create_product("Gloves", "none", cls.piece)
        cls.order = cls._create_order((cls.steel, 200), (cls.gloves, 100))
        cls.receipt = cls.order.picking_ids
        cls.system.write({"kind": "supplier", "partner_id": cls.supplier.id})
        cls.grant("shipment.advised")
        cls.map("supplier", "V-1", cls.supplier)
        cls.map("item", "STEEL", cls.steel)
        cls.map("item", "GLOVES", cls.gloves)
        cls.map("unit", "KGM", cls.kg)
        cls.map("unit", "PCE", cls.piece)
        cls.map("unit", "BX", cls.piece, factor=50)

    @classmethod
    def _create_product(cls, name, tracking, uom):
        return cls.env["product.product"].create(
            {
                "name": name,
                "is_storable": True,
                "tracking": tracking,
                "uom_id": uom.id,
            }
        )

    @classmethod
    def _create_order(cls, *products_and_quantities, partner=None):
        order = cls.env["purchase.order"].create(
            {
                "partner_id": (partner or cls.supplier).id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_qty": quantity})
                    for product, quantity in products_and_quantities
                ],
            }
        )
        order.button_confirm()
        return order

    @classmethod
    def steel_line(cls, *lots, **values):
        return {
            "item": "STEEL",
            "unit": "KGM",
            "quantity": sum(q for _name, q in lots),
            "lots": [{"lot": name, "quantity": quantity} for name, quantity in lots],
            **values,
        }

    def payload(self, *lines, **values):
        return {
            "asn": "ASN-1",
            "purchase_order": self.order.name,
            "supplier": "V-1",
            "shipped_on": "2026-11-14",
            "eta": "2026-11-16T07:30:00+01:00",
            "lines": list(lines) or [self.steel_line(("A", 120), ("B", 80))],
            **values,
        }

    def advise(self, *lines, envelope=None, **values):
        return self.receive(
            "shipment.advised", self.payload(*lines, **values), **(envelope or {})
        )

    def get_notice(self, message):
        delivery = message.delivery_ids
        self.assertIn(delivery.state, ("done", "ignored"), delivery.last_error)
        return self.env["procurement.shipment.notice"].browse(delivery.res_id)

    def assert_parked(self, message, kind, *words):
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "parked", delivery.last_error)
        self.assertEqual(delivery.exception_id.kind_id.code, kind)
        self.assertTrue(delivery.exception_id.runbook)
        for word in words:
            self.assertIn(word, delivery.exception_id.description)

    def read_receipt(self, product, receipt=None):
        """Return ``{lot name or False: quantity in the product's unit}``."""
        lines = (receipt or self.receipt).move_line_ids
        return {
            line.lot_id.name: line.quantity_product_uom
            for line in lines
            if line.product_id == product
        }
