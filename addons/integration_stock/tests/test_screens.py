from odoo import fields
from odoo.tests import tagged

from .common import ScreenCase


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    """What differs is shown in the browser, without an error."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plant = cls.env["stock.warehouse"].search([], limit=1)
        product = cls.env["product.product"].create(
            {"name": "Copper wire", "is_storable": True}
        )
        place = cls.env["stock.location"].create(
            {
                "name": "Rack W",
                "usage": "internal",
                "location_id": plant.lot_stock_id.id,
            }
        )
        system = cls.env["integration.system"].create(
            {
                "name": "WMS screen",
                "code": "wms-screen",
                "company_id": plant.company_id.id,
            }
        )
        cls.env["integration.mapping"].create(
            {
                "domain_id": cls.env.ref(
                    "integration_stock.mapping_domain_location"
                ).id,
                "system_id": system.id,
                "external_code": "W",
                "res_id": place.id,
            }
        )
        cls.env["stock.quant"]._update_available_quantity(product, place, 7)
        cls.run_done = cls.env["integration.reconciliation"].create(
            {
                "domain_id": cls.env.ref(
                    "integration_stock.reconciliation_domain_stock"
                ).id,
                "system_id": system.id,
                "snapshot_ref": "NIGHT-7",
                "scope": plant.code,
                "as_of": fields.Datetime.now(),
                "warehouse_ids": plant.ids,
            }
        )
        cls.run_done._reconcile()
        cls.found = cls.env["integration.discrepancy"].search(
            [("run_id", "=", cls.run_done.id)]
        )

    def test_list_of_discrepancies(self):
        self.assert_screen(
            "/odoo/integration-discrepancies", "Copper wire", "WMS screen"
        )

    def test_discrepancy(self):
        self.assert_screen(
            f"/odoo/integration-discrepancies/{self.found.id}",
            "Copper wire",
            "Rack W",
            "NIGHT-7",
            "7.00",
        )

    def test_reconciliation(self):
        self.assert_screen(
            f"/odoo/integration-reconciliations/{self.run_done.id}",
            "NIGHT-7",
            "Our figures",
        )
