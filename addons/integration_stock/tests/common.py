from odoo import Command
from odoo.tests import HttpCase

from odoo.addons.integration_core.tests.common import IntegrationCase


class StockIntegrationCase(IntegrationCase):
    """A plant with a rack and a dock, steel by the kilogram and lot, gloves by piece."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kg = cls.env.ref("uom.product_uom_kgm")
        cls.piece = cls.env.ref("uom.product_uom_unit")
        cls.steel = cls._create_product("Steel", "lot", cls.kg)
        cls.gloves = cls._create_product("Gloves", "none", cls.piece)
        cls.plant = cls.env["stock.warehouse"].create(
            {"name": "Plant T", "code": "PLT"}
        )
        cls.rack = cls._create_location("Rack A")
        cls.dock = cls._create_location("Dock 1")
        cls.heat = cls._create_lot(cls.steel, "H-1")
        cls.system.warehouse_ids = cls.plant
        cls.map("item", "STEEL", cls.steel)
        cls.map("item", "GLOVES", cls.gloves)
        cls.map("unit", "KGM", cls.kg)
        cls.map("unit", "PCE", cls.piece)
        cls.map("unit", "BX", cls.piece, factor=50)
        cls.map("location", "RACK-A", cls.rack)
        cls.map("location", "DOCK-1", cls.dock)
        cls.map("plant", "P-1", cls.plant)

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
    def _create_location(cls, name):
        return cls.env["stock.location"].create(
            {
                "name": name,
                "usage": "internal",
                "location_id": cls.plant.lot_stock_id.id,
            }
        )

    @classmethod
    def _create_lot(cls, product, name):
        return cls.env["stock.lot"].create({"name": name, "product_id": product.id})

    def add_stock(self, product, location, quantity, lot=None):
        self.env["stock.quant"]._update_available_quantity(
            product, location, quantity, lot_id=lot
        )

    def move(self, product, source, target, quantity, lot=None, date=None):
        """Do a move, at a moment."""
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom": product.uom_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        move._action_confirm()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "quantity": quantity,
                    "lot_id": lot.id if lot else False,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                }
            )
        ]
        move.picked = True
        move._action_done()
        self.assertEqual(move.state, "done")
        if date:
            move.move_line_ids.date = date
        return move


class ScreenCase(HttpCase):
    """Opens screens in a browser; any error in the console fails the test."""

    SEEK = """
        const deadline = Date.now() + 20000;
        const check = () => {
            const text = document.body?.innerText || "";
            if (%s.every((word) => text.includes(word))) {
                console.log("test successful");
            } else if (Date.now() > deadline) {
                console.error("Not on the screen: " + text);
            } else {
                setTimeout(check, 100);
            }
        };
        check();
    """

    def assert_screen(self, path, *words):
        """Open a screen as the administrator and wait for these words on it."""
        self.browser_js(
            path,
            self.SEEK % list(words),
            "document.body !== null",
            login="admin",
            timeout=60,
        )
