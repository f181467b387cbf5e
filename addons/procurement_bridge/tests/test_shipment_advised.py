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

    # Again, and changed -------------------------------------------------

    def test_same_notice_again_changes_nothing(self):
        notice = self.get_notice(self.advise())
        before = self.receipt.move_line_ids
        messages = (
            notice.message_ids | self.receipt.message_ids | self.order.message_ids
        )
        again = self.advise()
        self.assertEqual(again.delivery_ids.state, "ignored")
        self.assertEqual(self.get_notice(again), notice)
        self.assertEqual(self.receipt.move_line_ids, before)
        self.assertEqual(
            notice.message_ids | self.receipt.message_ids | self.order.message_ids,
            messages,
        )

    def test_changed_notice_takes_the_place_of_the_first(self):
        notice = self.get_notice(self.advise())
        changed = self.advise(
            self.steel_line(("A", 100)),
            {"item": "GLOVES", "unit": "PCE", "quantity": 30},
            revision=2,
        )
        self.assertEqual(self.get_notice(changed), notice)
        self.assertEqual(notice.revision, 2)
        self.assertEqual(self.read_receipt(self.steel), {"A": 100})
        self.assertEqual(self.read_receipt(self.gloves), {False: 30})

    def test_item_taken_off_a_notice_shows_its_demand_again(self):
        self.advise()
        self.advise({"item": "GLOVES", "unit": "PCE", "quantity": 30}, revision=2)
        self.assertEqual(self.read_receipt(self.steel), {False: 200})

    def test_late_older_revision_is_ignored(self):
        self.advise(self.steel_line(("A", 100)), revision=3)
        late = self.advise(revision=2)
        self.assertEqual(late.delivery_ids.state, "ignored")
        self.assertEqual(self.read_receipt(self.steel), {"A": 100})

    def test_same_revision_written_earlier_is_ignored(self):
        now = datetime(2026, 11, 15, 12)
        self.advise(self.steel_line(("A", 100)), envelope={"occurred_at": now})
        early = {"occurred_at": now - timedelta(hours=1)}
        self.assertEqual(self.advise(envelope=early).delivery_ids.state, "ignored")
        late = {"occurred_at": now + timedelta(hours=1)}
        self.assertEqual(self.advise(envelope=late).delivery_ids.state, "done")
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})

    def test_changed_notice_after_the_receipt_parks(self):
        self.advise()
        self.receipt.move_line_ids.picked = True
        self.receipt._action_done()
        message = self.advise(self.steel_line(("A", 100)), revision=2)
        self.assert_parked(
            message, "procurement_bridge.receipt_done", "ASN-1", self.receipt.name
        )

    def test_changed_notice_while_counting_parks(self):
        self.advise()
        self.receipt.move_line_ids.filtered(
            lambda m: m.lot_id.name == "A"
        ).picked = True
        message = self.advise(self.steel_line(("A", 100)), revision=2)
        self.assert_parked(message, "procurement_bridge.receipt_done")
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})

    def test_two_notices_for_one_receipt(self):
        first = self.get_notice(self.advise(self.steel_line(("A", 120))))
        second = self.get_notice(self.advise(self.steel_line(("B", 80)), asn="ASN-2"))
        self.assertEqual(self.read_receipt(self.steel), {"A": 120, "B": 80})
        self.assertEqual(self.receipt.shipment_notice_ids, first | second)

    def test_same_number_of_another_supplier_is_another_notice(self):
        self.system.partner_id = False
        other = self.env["res.partner"].create({"name": "Southern Steel"})
        self.map("supplier", "V-2", other)
        first = self.get_notice(self.advise())
        self.order = self._create_order((self.steel, 200), partner=other)
        second = self.get_notice(self.advise(supplier="V-2"))
        self.assertNotEqual(first, second)

    # Refused ------------------------------------------------------------

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

    def test_machine_has_no_right_to_orders(self):
        user = self.system.user_id
        self.assertFalse(user.has_group("purchase.group_purchase_user"))
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self.order.with_user(user).has_access(operation))

    def test_people_read_notices_and_do_not_edit_them(self):
        notice = self.get_notice(self.advise())
        for group in ("stock.group_stock_user", "purchase.group_purchase_user"):
            user = new_test_user(self.env, group, groups=group)
            with self.subTest(group=group):
                self.assertEqual(
                    notice.with_user(user).line_ids.mapped("lot_code"), ["A", "B"]
                )
                self.assertEqual(notice.with_user(user).picking_id.id, self.receipt.id)
                self.assertFalse(notice.with_user(user).has_access("write"))
                self.assertFalse(notice.line_ids.with_user(user).has_access("unlink"))

    def test_notices_of_other_companies_are_not_seen(self):
        notice = self.get_notice(self.advise())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "far",
            groups="stock.group_stock_user",
            company_id=company.id,
            company_ids=company.ids,
        )
        Notices = self.env["procurement.shipment.notice"].with_user(user)
        self.assertNotIn(notice, Notices.search([]))
        self.assertFalse(
            Notices.env["procurement.shipment.notice.line"].search(
                [("notice_id", "=", notice.id)]
            )
        )
