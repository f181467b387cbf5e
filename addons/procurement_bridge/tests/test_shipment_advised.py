from datetime import datetime

from .common import ShipmentCase


class TestShipmentAdvised(ShipmentCase):
    """A ship notice is taken, put onto the open receipt, and refused with reasons."""

    def test_lots_stand_on_the_receipt_and_nothing_is_received(self):
        notice = self.get_notice(
            self.advise(carrier="Nordfracht", carrier_reference="NF-5")
        )
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})
        self.assertFalse(any(self.receipt.move_line_ids.mapped("picked")))
        self.assertEqual(self.receipt.state, "assigned")
        self.assertEqual(self.steel.qty_available, 0)
        self.assertRecordValues(
            notice,
            [
                {
                    "name": "ASN-1",
                    "state": "applied",
                    "is_in_transit": True,
                    "partner_id": self.supplier.id,
                    "picking_id": self.receipt.id,
                    "eta": datetime(2026, 11, 16, 6, 30),
                }
            ],
        )
        self.assertEqual(self.receipt.shipment_notice_ids, notice)
        self.assertEqual(self.receipt.shipment_carrier_reference, "Nordfracht NF-5")
        self.assertEqual(notice.create_uid, self.system.user_id, "made by the machine")

    def test_lots_are_made_for_the_product(self):
        self.advise()
        lots = self.env["stock.lot"].search([("product_id", "=", self.steel.id)])
        self.assertEqual(set(lots.mapped("name")), {"A", "B"})
        self.assertEqual(lots.company_id, self.system.company_id)

    def test_lot_that_exists_is_used(self):
        lot = self.env["stock.lot"].create({"name": "A", "product_id": self.steel.id})
        notice = self.get_notice(self.advise())
        self.assertIn(lot, notice.line_ids.lot_id)
        self.assertEqual(len(notice.line_ids.lot_id), 2)

    def test_other_lines_of_the_order_stay_as_they_are(self):
        self.advise()
        self.assertEqual(self.read_receipt(self.gloves), {False: 100})

    def test_fewer_than_ordered(self):
        self.advise(self.steel_line(("A", 50)))
        self.assertEqual(self.read_receipt(self.steel), {"A": 50})

    def test_units_of_the_supplier(self):
        notice = self.get_notice(
            self.advise({"item": "GLOVES", "unit": "BX", "quantity": 2})
        )
        self.assertEqual(self.read_receipt(self.gloves), {False: 100})
        self.assertRecordValues(
            notice.line_ids,
            [
                {
                    "quantity": 100,
                    "advised_quantity": 2,
                    "advised_unit": "BX",
                    "number": 1,
                }
            ],
        )

    def test_order_in_another_unit_than_the_product(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.order = self._create_order((self.gloves, 0))
        self.order.order_line.write({"product_uom_id": dozen.id, "product_qty": 10})
        self.get_notice(self.advise({"item": "GLOVES", "unit": "PCE", "quantity": 100}))
        self.assertEqual(
            self.read_receipt(self.gloves, self.order.picking_ids), {False: 100}
        )

    def test_several_order_lines_of_one_item_are_filled_in_turn(self):
        self.order = self._create_order((self.steel, 70), (self.steel, 130))
        self.advise()
        by_move = {
            move.product_qty: sorted(move.move_line_ids.mapped("quantity"))
            for move in self.order.picking_ids.move_ids
        }
        self.assertEqual(by_move, {70: [70], 130: [50, 80]})

    def test_serial_numbers(self):
        pump = self._create_product("Pump", "serial", self.piece)
        self.map("item", "PUMP", pump)
        self.order = self._create_order((pump, 2))
        lots = [{"lot": f"S{n}", "quantity": 1} for n in (1, 2)]
        self.get_notice(
            self.advise({"item": "PUMP", "unit": "PCE", "quantity": 2, "lots": lots})
        )
        self.assertEqual(
            self.read_receipt(pump, self.order.picking_ids), {"S1": 1, "S2": 1}
        )

    def test_packages_are_on_record(self):
        notice = self.get_notice(
            self.advise(
                packages=[
                    {"sscc": "340123450000000017", "lots": ["A"]},
                    {"sscc": "340123450000000024", "lots": ["A", "B"]},
                ]
            )
        )
        by_lot = {line.lot_code: line.package_refs for line in notice.line_ids}
        self.assertEqual(
            by_lot,
            {
                "A": "340123450000000017, 340123450000000024",
                "B": "340123450000000024",
            },
        )

    def test_expiry_is_on_record(self):
        notice = self.get_notice(
            self.advise(
                {
                    "item": "STEEL",
                    "unit": "KGM",
                    "quantity": 5,
                    "lots": [{"lot": "A", "quantity": 5, "expiry": "2027-11-14"}],
                }
            )
        )
        self.assertEqual(str(notice.line_ids.expiry), "2027-11-14")

    def test_the_suppliers_number_is_the_reference_of_our_lot(self):
        handler = self.env["integration.handler.shipment.advised"]
        lots = self.env["stock.lot"].create(
            [
                {"name": "OUR-1", "product_id": self.steel.id},
                {"name": "OUR-2", "product_id": self.steel.id, "ref": "known"},
                {"name": "HEAT 1", "product_id": self.steel.id},
            ]
        )
        for lot in lots:
            handler._set_reference(lot, "HEAT 1")
        self.assertEqual(lots.mapped("ref"), ["HEAT 1", "known", False])

    def test_expiry_of_a_new_lot(self):
        lot = self.env["stock.lot"].create({"name": "A", "product_id": self.steel.id})
        handler = self.env["integration.handler.shipment.advised"]
        if "expiration_date" not in lot._fields:
            handler._set_expiry(lot, "2027-11-14")  # lots have no date: nothing to do
            return
        self.steel.use_expiration_date = True
        handler._set_expiry(lot, "2027-11-14")
        self.assertEqual(str(lot.expiration_date), "2027-11-14 00:00:00")
        self.env["stock.quant"]._update_available_quantity(
            self.steel, self.receipt.location_dest_id, 1, lot_id=lot
        )
        handler._set_expiry(lot, "2030-01-01")
        self.assertEqual(str(lot.expiration_date), "2027-11-14 00:00:00")

    def test_sample_of_the_contract(self):
        contract = self.env.ref("procurement_bridge.contract_shipment_advised_1_0")
        sample = contract._get_sample()
        self.map("supplier", sample["supplier"], self.supplier)
        self.map("item", sample["lines"][0]["item"], self.steel)
        sample["purchase_order"] = self.order.name
        self.get_notice(self.receive("shipment.advised", sample))
        self.assertEqual(self.read_receipt(self.steel), {"H-24117": 120, "H-24118": 80})

    def test_codes_are_those_of_the_plant_that_ordered(self):
        plant = self.order.picking_type_id.warehouse_id
        message = self.advise(self.steel_line(("A", 120), item="S-1"))
        self.assert_parked(message, "integration_core.unmapped_code", "S-1")
        self.map("item", "S-1", self.steel, warehouse_id=plant.id)
        self.work_off(message.delivery_ids)
        self.assertEqual(self.get_notice(message).line_ids.product_id, self.steel)
