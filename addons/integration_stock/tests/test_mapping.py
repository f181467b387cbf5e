import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import StockIntegrationCase


@tagged("post_install", "-at_install")
class TestStockMapping(StockIntegrationCase):
    """Plants, units, lots and items: what codes of goods may mean."""

    def handler(self):
        return self.env["integration.handler"]

    def message(self):
        self.grant("connection.tested")
        return self.receive("connection.tested", {"text": "hi"}, process_now=False)

    def test_mass_never_becomes_pieces(self):
        for code in ("KG", "LBR", "tne"):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.map("unit", code, self.piece)
        self.map("unit", "KG", self.kg)
        self.map("unit", "PALLET", self.piece, factor=960)

    def test_quantity_is_rounded_as_the_mapping_says(self):
        self.map("unit", "G", self.env.ref("uom.product_uom_gram"), rounding=500)
        quantity = self.handler()._resolve_quantity(
            self.message(), self.steel, 1300, "G"
        )
        self.assertEqual(quantity, 1.5)

    def test_one_number_stands_for_a_lot_of_each_item(self):
        copper = self._create_product("Copper", "lot", self.kg)
        first, second = self._create_lot(self.steel, "A"), self._create_lot(copper, "B")
        self.map("lot", "001", first)
        self.map("lot", "001", second)
        for product, lot in ((self.steel, first), (copper, second)):
            found = self.handler()._resolve_lot(self.message(), product, "001")
            self.assertEqual(found, lot)
        with self.assertRaisesRegex(ValidationError, "mapped already"):
            other = self._create_lot(copper, "C")
            self.map("lot", "001", other, valid_from="2026-01-01")

    def test_lots_of_one_number_travel_as_a_file(self):
        copper = self._create_product("Copper", "lot", self.kg)
        both = self.map("lot", "001", self._create_lot(self.steel, "A"))
        both |= self.map("lot", "001", self._create_lot(copper, "B"))
        Files = self.env["integration.mapping.file"]
        Files.action_export([("id", "in", both.ids)])
        wizard = Files.search([], order="id desc", limit=1)
        wizard.action_check()
        self.assertIn("0 new, 0 changed, 2 as", wizard.summary)

    def test_plant_says_more_than_system(self):
        second = self.env["stock.warehouse"].create({"name": "Plant U", "code": "PLU"})
        self.map("item", "X", self.steel)
        self.map("item", "X", self.gloves, warehouse_id=second.id)
        self.system.warehouse_ids = self.plant | second
        handler, message = self.handler(), self.message()
        self.assertEqual(handler._resolve(message, "item", "X"), self.steel)
        there = handler._at_plant(second)
        self.assertEqual(there._resolve(message, "item", "X"), self.gloves)
        here = handler._at_plant(self.plant)
        self.assertEqual(here._resolve(message, "item", "X"), self.steel)
        self.system.warehouse_ids = second
        self.assertEqual(handler._resolve(message, "item", "X"), self.gloves)

    def test_plant_of_another_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        plant = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.map(
                "item",
                "Y",
                self.steel,
                warehouse_id=plant.id,
                company_id=self.system.company_id.id,
            )

    def test_item_is_suggested_by_gtin_and_supplier_reference(self):
        self.gloves.barcode = "4006381333931"
        supplier = self.env["res.partner"].create({"name": "Gloves Ltd"})
        self.env["product.supplierinfo"].create(
            {
                "partner_id": supplier.id,
                "product_tmpl_id": self.gloves.product_tmpl_id.id,
                "product_code": "GL-99",
            }
        )
        domain = self.env.ref("integration_stock.mapping_domain_item")
        for code, reason in (
            ("4006381333931", "Barcode"),
            ("04006381333931", "GTIN"),
            ("GL-99", "Gloves Ltd calls it so"),
        ):
            with self.subTest(code=code):
                best = self.env["integration.mapping"]._suggest(
                    domain, self.system, code
                )[0]
                self.assertEqual(best.record_id, self.gloves.id)
                self.assertIn(reason, best.reason)

    def test_file_names_plants_and_items_by_their_codes(self):
        self.steel.default_code = "RM-1"
        text = (
            "domain,system,plant,external_code,record\nitem,test-system,PLT,S1,RM-1\n"
        )
        content = base64.b64encode(text.encode())
        self.env["integration.mapping.file"].create(
            {"content": content}
        ).action_import()
        mapping = self.env["integration.mapping"]._find(self.system, "item", "S1")
        self.assertEqual(
            (mapping.warehouse_id, mapping.res_id), (self.plant, self.steel.id)
        )

    def test_items_kept_twice_are_found(self):
        for name in ("M8 bolt, galvanised", "M8 Bolt galvanised"):
            self._create_product(name, "none", self.piece).default_code = name
        Duplicate = self.env["integration.duplicate"]
        Duplicate.action_refresh()
        found = Duplicate.search([("name", "=", "m8boltgalvanised")])
        self.assertEqual(set(found.mapped("rule")), {"item_name", "item_reference"})


@tagged("post_install", "-at_install")
class TestLotConvention(StockIntegrationCase):
    """Lots are known by our number, however a plant or a supplier writes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.convention = cls.env["integration.lot.convention"].create(
            {
                "name": "Heats",
                "system_id": cls.system.id,
                "pattern": r"(?P<plant>\d{4})/(?P<lot>H-\d+)/(?P<expiry>\d{6})",
                "sample": "0001/H-24117/261114",
            }
        )

    def resolve(self, code, **options):
        message = self.receive("connection.tested", {"text": "hi"}, process_now=False)
        handler = self.env["integration.handler"]
        return handler._resolve_lot(message, self.steel, code, **options)

    def test_known_lot_is_found_behind_its_wrapping(self):
        self.assertEqual(self.resolve("0001/H-1/261114"), self.heat)
        self.assertEqual(self.resolve("H-1"), self.heat)

    def test_new_lot_gets_our_number(self):
        self.convention.template = "{plant}-{lot}"
        self.assertEqual(self.resolve("0001/H-2/261114", create=True).name, "0001-H-2")

    def test_other_systems_and_categories_are_left_alone(self):
        self.convention.categ_id = self.env["product.category"].create(
            {"name": "Other"}
        )
        with self.assertRaisesRegex(Exception, "no lot"):
            self.resolve("0001/H-1/261114")

    def test_impossible_date_is_no_match(self):
        with self.assertRaisesRegex(Exception, "no lot"):
            self.resolve("0001/H-1/269999")

    def test_pattern_needs_the_lot_and_known_groups(self):
        for pattern in ("(", r"\d+", r"(?P<lot>\d+)(?P<colour>\w)"):
            with self.subTest(pattern=pattern), self.assertRaises(ValidationError):
                self.convention.pattern = pattern

    def test_sample_shows_what_is_read(self):
        self.assertEqual(self.convention.sample_result, "H-24117 · 0001 · 2026-11-14")


@tagged("post_install", "-at_install")
class TestImpact(StockIntegrationCase):
    """An open question says which customer waits, and is as urgent as the first one."""

    def deliver(self, customer, date):
        picking = self.env["stock.picking"].create(
            {
                "partner_id": customer.id,
                "picking_type_id": self.plant.out_type_id.id,
                "location_id": self.plant.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.gloves.id,
                            "product_uom_qty": 6,
                            "product_uom": self.piece.id,
                            "date": date,
                            "location_id": self.plant.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        return picking

    def test_delivery_that_is_hit_sets_the_priority(self):
        self.grant("stock.snapshot")
        customer = self.env["res.partner"].create({"name": "Hospital"})
        soon = fields.Datetime.now() + timedelta(hours=3)
        picking = self.deliver(customer, soon)
        line = {"item": "GLOVES", "location": "UNKNOWN", "unit": "PCE", "quantity": 1}
        message = self.receive(
            "stock.snapshot",
            {"snapshot_id": "S-1", "as_of": "2026-11-25T00:00:00Z", "lines": [line]},
        )
        exception = message.delivery_ids.exception_id
        hit = exception.impact_ids.filtered(lambda i: i.kind == "delivery")
        self.assertEqual((hit.res_id, hit.customer), (picking.id, "Hospital"))
        self.assertEqual((exception.priority, exception.customer_count), ("3", 1))
        self.assertEqual(exception.affected_quantity, 6)
        self.assertIn(self.plant.id, exception.impact_ids.mapped("res_id"))
