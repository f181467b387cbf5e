from .common import ShipmentCase


class TestRefused(ShipmentCase):
    """What does not fit waits for a person, with a reason, and changes nothing."""

    def test_more_than_open_parks_and_changes_nothing(self):
        message = self.advise(self.steel_line(("A", 120), ("B", 81)))
        self.assert_parked(
            message, "procurement_bridge.over_delivery", "201.00", "200.00", "Steel"
        )
        self.assertEqual(self.read_receipt(self.steel), {False: 200})
        self.assertFalse(
            self.env["procurement.shipment.notice"].search(
                [("partner_id", "=", self.supplier.id)]
            )
        )

    def test_what_another_notice_advised_is_not_open(self):
        self.advise(self.steel_line(("A", 120)))
        message = self.advise(self.steel_line(("B", 81)), asn="ASN-2")
        self.assert_parked(
            message, "procurement_bridge.over_delivery", "81.00", "80.00"
        )

    def test_unknown_purchase_order_parks(self):
        message = self.advise(purchase_order="P-NOWHERE")
        self.assert_parked(
            message, "procurement_bridge.unknown_purchase_order", "P-NOWHERE"
        )

    def test_unconfirmed_order_parks_until_it_is_confirmed(self):
        order = self.order.copy()
        message = self.advise(purchase_order=order.name)
        self.assert_parked(message, "procurement_bridge.unknown_purchase_order")
        order.button_confirm()
        message.delivery_ids.exception_id.action_retry()
        self.work_off(message.delivery_ids)
        self.assertEqual(self.get_notice(message).picking_id, order.picking_ids)

    def test_order_of_another_company_is_unknown(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        order = (
            self.env["purchase.order"]
            .with_company(company)
            .create({"partner_id": self.supplier.id, "company_id": company.id})
        )
        order.state = "purchase"
        message = self.advise(purchase_order=order.name)
        self.assert_parked(message, "procurement_bridge.unknown_purchase_order")

    def test_supplier_that_does_not_own_the_order_parks(self):
        self.system.partner_id = False
        self.map(
            "supplier", "V-2", self.env["res.partner"].create({"name": "Southern"})
        )
        message = self.advise(supplier="V-2")
        self.assert_parked(
            message, "procurement_bridge.wrong_supplier", "Southern", "Nordic Steel"
        )

    def test_supplier_speaking_for_another_parks(self):
        other = self.env["res.partner"].create({"name": "Southern Steel"})
        self.map("supplier", "V-2", other)
        self.order = self._create_order((self.steel, 200), partner=other)
        message = self.advise(supplier="V-2")
        self.assert_parked(
            message, "procurement_bridge.wrong_supplier", "Southern Steel"
        )
        self.system.kind = "edi"
        self.env["integration.exception"].browse(
            message.delivery_ids.exception_id.id
        ).action_retry()
        self.work_off(message.delivery_ids)
        self.get_notice(message)

    def test_address_of_the_supplier_is_the_supplier(self):
        address = self.env["res.partner"].create(
            {"name": "Dispatch", "parent_id": self.supplier.id}
        )
        self.map("supplier", "V-1-DISPATCH", address)
        notice = self.get_notice(self.advise(supplier="V-1-DISPATCH"))
        self.assertEqual(notice.partner_id, self.supplier)

    def test_item_that_was_not_ordered_parks(self):
        self.map("item", "OTHER", self._create_product("Other", "none", self.piece))
        message = self.advise({"item": "OTHER", "unit": "PCE", "quantity": 1})
        self.assert_parked(message, "procurement_bridge.not_on_order", "Other")

    def test_wrong_unit_parks(self):
        message = self.advise({"item": "GLOVES", "unit": "KGM", "quantity": 1})
        self.assert_parked(message, "integration_stock.unit_mismatch", "Gloves")

    def test_lots_that_do_not_add_up_park(self):
        message = self.advise(self.steel_line(("A", 120), ("B", 80), quantity=210))
        self.assert_parked(message, "procurement_bridge.lot_sum_mismatch", "210", "200")

    def test_unmapped_supplier_parks_and_mapping_releases(self):
        message = self.advise(supplier="V-9")
        self.assert_parked(message, "integration_core.unmapped_code", "V-9")
        self.map("supplier", "V-9", self.supplier)
        self.work_off(message.delivery_ids)
        self.assertEqual(self.get_notice(message).state, "applied")

    def test_several_pieces_under_one_serial_number_park(self):
        pump = self._create_product("Pump", "serial", self.piece)
        self.map("item", "PUMP", pump)
        self.order = self._create_order((pump, 2))
        message = self.advise(
            {
                "item": "PUMP",
                "unit": "PCE",
                "quantity": 2,
                "lots": [{"lot": "S1", "quantity": 2}],
            }
        )
        self.assert_parked(message, "procurement_bridge.serial_quantity", "Pump", "S1")
