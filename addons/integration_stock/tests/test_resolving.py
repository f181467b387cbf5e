from odoo.addons.integration_core.lib.errors import BusinessError, UnmappedCodeError

from .common import StockIntegrationCase


class TestResolving(StockIntegrationCase):
    """Codes of other systems become quantities in our units, and lots."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("stock.snapshot")

    def setUp(self):
        super().setUp()
        self.message = self.receive(
            "stock.snapshot",
            {"snapshot_id": "S", "as_of": "2026-01-01T00:00:00Z", "lines": []},
            process_now=False,
        )
        self.handler = self.env["integration.handler"].with_user(self.system.user_id)

    def test_quantity_in_the_products_unit(self):
        gram = self.env.ref("uom.product_uom_gram")
        self.map("unit", "GRM", gram)
        self.map("unit", "COIL", self.kg, factor=12.5)
        cases = [
            (self.steel, 3, "KGM", 3),
            (self.steel, 2500, "GRM", 2.5),
            (self.steel, 2, "COIL", 25),
            (self.gloves, 2, "BX", 100),
            (self.gloves, -1, "BX", -50),
            (self.gloves, 0, "BX", 0),
        ]
        for product, quantity, unit, expected in cases:
            with self.subTest(unit=unit, quantity=quantity):
                self.assertEqual(
                    self.handler._resolve_quantity(
                        self.message, product, quantity, unit
                    ),
                    expected,
                )

    def test_rounding_is_a_multiple_of_the_unit_it_stands_for(self):
        """Whatever unit the item itself is kept in."""
        gram, ton = (
            self.env.ref(f"uom.product_uom_{name}") for name in ("gram", "ton")
        )
        self.map("unit", "LBR", self.kg, factor=0.45359237, rounding=0.1)
        powder = self._create_product("Powder", "none", gram)
        ore = self._create_product("Ore", "none", ton)
        for product, pounds, expected in (
            (self.steel, 12.345, 5.6),
            (powder, 12.345, 5600),
            (ore, 12345, 5.6),
        ):
            with self.subTest(product=product.name):
                found = self.handler._resolve_quantity(
                    self.message, product, pounds, "LBR"
                )
                self.assertAlmostEqual(found, expected, places=6)

    def test_padded_codes_are_the_codes(self):
        quantity = self.handler._resolve_quantity(self.message, self.gloves, 2, "BX  ")
        self.assertEqual(quantity, 100)
        for code in ("H-1  ", " H-1"):
            found = self.handler._resolve_lot(self.message, self.steel, code, create=True)
            self.assertEqual(found, self.heat)
        renamed = self._create_lot(self.steel, "INTERNAL-7")
        self.map("lot", "H-7", renamed)
        found = self.handler._resolve_lot(self.message, self.steel, "H-7  ")
        self.assertEqual(found, renamed)

    def test_mass_never_becomes_pieces(self):
        with self.assertRaises(BusinessError) as caught:
            self.handler._resolve_quantity(self.message, self.gloves, 3, "KGM")
        self.assertEqual(caught.exception.kind, "integration_stock.unit_mismatch")
        self.assertIn("Gloves", caught.exception.text)
        kind = self.env["integration.exception.kind"].search(
            [("code", "=", caught.exception.kind)]
        )
        self.assertIn("Try again", kind.runbook)

    def test_unmapped_unit_parks(self):
        with self.assertRaises(UnmappedCodeError) as caught:
            self.handler._resolve_quantity(self.message, self.gloves, 3, "XX")
        self.assertEqual(caught.exception.external_code, "XX")

    def test_mapping_of_the_system_wins(self):
        self.map("unit", "BX", self.piece, factor=10, system_id=False)
        self.assertEqual(
            self.handler._resolve_quantity(self.message, self.gloves, 1, "BX"), 50
        )

    def test_lot_by_its_number_for_that_product(self):
        other = self._create_product("Copper", "lot", self.kg)
        self._create_lot(other, "H-1")
        self.assertEqual(
            self.handler._resolve_lot(self.message, self.steel, "H-1"), self.heat
        )

    def test_lot_by_mapping_before_its_number(self):
        renamed = self._create_lot(self.steel, "INTERNAL-7")
        self.map("lot", "H-1", renamed)
        self.assertEqual(
            self.handler._resolve_lot(self.message, self.steel, "H-1"), renamed
        )

    def test_lot_mapping_of_another_product_is_not_taken(self):
        copper = self._create_product("Copper", "lot", self.kg)
        self.map("lot", "H-1", self._create_lot(copper, "C-1"))
        self.assertEqual(
            self.handler._resolve_lot(self.message, self.steel, "H-1"), self.heat
        )

    def test_unknown_lot_is_created_on_request_only(self):
        with self.assertRaises(UnmappedCodeError):
            self.handler._resolve_lot(self.message, self.steel, "H-2")
        lot = self.handler._resolve_lot(self.message, self.steel, "H-2", create=True)
        self.assertEqual((lot.name, lot.product_id), ("H-2", self.steel))
        self.assertEqual(lot.company_id, self.system.company_id)
        self.assertEqual(lot.create_uid, self.system.user_id, "Created by the machine")
        again = self.handler._resolve_lot(self.message, self.steel, "H-2", create=True)
        self.assertEqual(again, lot)

    def test_lot_of_another_company_is_not_found(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.heat.company_id = elsewhere
        with self.assertRaises(UnmappedCodeError):
            self.handler._resolve_lot(self.message, self.steel, "H-1")
