from odoo.tests import tagged

from odoo.addons.integration_stock.tests.common import ScreenCase


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    """The dock sees what is on the road, in the browser, without an error."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        supplier = cls.env["res.partner"].create({"name": "Nordic Steel"})
        steel = cls.env["product.product"].create(
            {"name": "Steel bar", "is_storable": True, "tracking": "lot"}
        )
        cls.order = cls.env["purchase.order"].create(
            {
                "partner_id": supplier.id,
                "order_line": [(0, 0, {"product_id": steel.id, "product_qty": 20})],
            }
        )
        cls.order.button_confirm()
        lot = cls.env["stock.lot"].create({"name": "HEAT-7", "product_id": steel.id})
        cls.notice = cls.env["procurement.shipment.notice"].create(
            {
                "name": "ASN-SCREEN",
                "partner_id": supplier.id,
                "company_id": cls.order.company_id.id,
                "purchase_order_id": cls.order.id,
                "shipped_on": "2026-11-14",
                "advised_at": "2026-11-14",
                "carrier": "Nordfracht",
                "carrier_reference": "NF-77",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "number": 1,
                            "product_id": steel.id,
                            "lot_id": lot.id,
                            "quantity": 20,
                            "lot_code": "HEAT-7",
                            "advised_quantity": 2,
                            "advised_unit": "BDL",
                        },
                    )
                ],
            }
        )
        cls.notice.action_apply()

    def test_list_of_notices(self):
        self.assert_screen("/odoo/ship-notices", "ASN-SCREEN", "Nordic Steel")

    def test_notice(self):
        self.assert_screen(
            f"/odoo/ship-notices/{self.notice.id}",
            "ASN-SCREEN",
            "HEAT-7",
            "BDL",
            "NF-77",
        )

    def test_receipt_shows_the_notice_and_its_carrier(self):
        picking = self.order.picking_ids
        self.assert_screen(
            f"/odoo/action-stock.action_picking_tree_all/{picking.id}",
            picking.name,
            "Ship notices",
            "Nordfracht NF-77",
        )
