"""Goods without a lot wait in quarantine; the verdict of their inspection decides."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import QualityCase

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
MANAGER = "lot_disposition.lot_disposition_group_manager"


class WithoutLotCase(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["product.category"].create({"name": "Fasteners"})
        cls.screw = cls.env["product.product"].create(
            {"name": "Screw", "is_storable": True, "categ_id": cls.category.id}
        )
        cls.screw_plan = cls.plan.copy(
            {
                "name": "Fasteners",
                "product_id": False,
                "category_id": cls.category.id,
                "sampling": "percentage",
                "percentage": 10,
            }
        )
        cls.inspector = new_test_user(cls.env, "inspector", INSPECTOR)
        cls.stock = cls.warehouse.lot_stock_id

    def receive_screws(self, quantity=50, **values):
        picking = self.receive_goods(
            {False: quantity}, product=self.screw, user=self.receiver, **values
        )
        self.assertEqual(picking.state, "done")
        return picking

    def decide(self, inspection, value=1000):
        inspection = inspection.with_user(self.inspector)
        self.enter(inspection, value)
        inspection.action_decide()
        self.env.flush_all()
        self.env.invalidate_all()

    def free(self):
        self.screw.invalidate_recordset()
        return self.screw.free_qty


class TestWithoutLot(WithoutLotCase):
    def test_receipt_is_inspected_by_quantity(self):
        picking = self.receive_screws()
        inspection = picking.inspection_ids
        place = picking.move_ids.move_line_ids.location_dest_id
        self.assertTrue(place.in_quarantine)
        self.assertEqual(
            (inspection.product_id, inspection.quantity, inspection.held_location_id),
            (self.screw, 50, place),
        )
        self.assertEqual(inspection.sample_size, 5)
        self.assertEqual(inspection.partner_id, self.supplier)
        self.assertEqual((self.screw.qty_available, self.free()), (50, 0))

    def test_pass_releases_what_was_received(self):
        first, second = self.receive_screws(50), self.receive_screws(20)
        self.assertEqual(second.inspection_ids.quantity, 20)
        self.decide(first.inspection_ids)
        self.assertEqual(first.inspection_ids.state, "passed")
        self.assertEqual(self.free(), 50)
        self.assertEqual(first.inspection_ids._get_disposition(), "released")
        self.assertEqual(second.inspection_ids.state, "draft")
        permit = first.inspection_ids.release_permit_id
        self.assertEqual((permit.used_quantity, permit.remaining_quantity), (50, 0))

    def test_fail_keeps_it_and_opens_a_nonconformance(self):
        inspection = self.receive_screws().inspection_ids
        self.decide(inspection, 1480)
        nonconformance = inspection.nonconformance_ids
        self.assertEqual(
            (nonconformance.product_id, nonconformance.quantity, nonconformance.state),
            (self.screw, 50, "contained"),
        )
        self.assertEqual((inspection._get_disposition(), self.free()), ("quarantined", 0))

    def test_certificate_is_waited_for_and_lets_it_out(self):
        self.screw_plan.requires_certificate = True
        self.screw_plan.characteristic_ids[:1].on_certificate = True
        inspection = self.receive_screws().inspection_ids
        self.decide(inspection)
        self.assertEqual((inspection.state, self.free()), ("passed", 0))
        for value, state, free in ((1480, "mismatch", 0), (1000, "valid", 50)):
            action = inspection.with_user(self.inspector).action_record_certificate()
            certificate = (
                self.env[action["res_model"]]
                .with_user(self.inspector)
                .with_context(**action["context"])
                .create({})
            )
            certificate.action_prepare_lines()
            certificate.line_ids.value = value
            certificate.action_check()
            self.env.flush_all()
            self.assertEqual((certificate.state, self.free()), (state, free))
        self.assertEqual(certificate.product_id, self.screw)

    def test_two_people(self):
        self.screw.product_tmpl_id.release_people = "two"
        second = new_test_user(self.env, "second", INSPECTOR)
        inspection = self.receive_screws().inspection_ids
        self.decide(inspection)
        self.assertEqual((inspection.state, self.free()), ("passed", 0))
        self.assertEqual(inspection._get_disposition(), "quarantined")
        request = inspection.release_permit_id.request_ids
        self.assertEqual(request.sudo().approval_ids.user_id, self.inspector)
        request.with_user(second).action_approve()
        self.env.flush_all()
        self.assertEqual(self.free(), 50)

    def test_skipped_lot_does_not_stay_in_quarantine(self):
        plan = self.screw_plan
        plan.write({"skip_every": 2, "skip_after": 1})
        for _number in range(3):
            inspection = self.receive_screws(10).inspection_ids
            if inspection.state == "skipped":
                break
            self.decide(inspection)
        self.assertEqual(inspection.state, "skipped")
        self.env.flush_all()
        self.assertEqual(self.free(), self.screw.qty_available)

    def test_line_added_to_a_finished_receipt(self):
        move = self.receive_screws().move_ids
        line = self.env["stock.move.line"].create(
            {
                "move_id": move.id,
                "picking_id": move.picking_id.id,
                "product_id": self.screw.id,
                "quantity": 5,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
            }
        )
        self.assertTrue(line.location_dest_id.in_quarantine)
        self.assertEqual(line.quality_inspection_id.quantity, 55)
        self.assertEqual(self.free(), 0)

    def test_corrected_quantity_follows(self):
        picking = self.receive_screws()
        inspection = picking.inspection_ids
        line = picking.move_ids.move_line_ids.with_user(self.inspector)
        line.quantity = 60
        self.assertEqual(inspection.quantity, 60)
        self.decide(inspection)
        line.quantity = 65
        again = line.quality_inspection_id
        self.assertNotEqual(again, inspection)
        self.decide(again)
        self.assertEqual(self.free(), 65)

    def test_tracked_product_received_without_a_lot(self):
        self.warehouse.in_type_id.write(
            {"use_create_lots": False, "use_existing_lots": False}
        )
        picking = self.receive_goods({False: 5})
        inspection = picking.inspection_ids
        self.assertFalse(inspection.lot_id)
        self.assertTrue(inspection.held_location_id.in_quarantine)

    def test_what_was_returned_meanwhile_is_not_released(self):
        picking = self.receive_screws()
        place = picking.inspection_ids.held_location_id
        move = self.env["stock.move"].create(
            {
                "product_id": self.screw.id,
                "product_uom_qty": 45,
                "location_id": place.id,
                "location_dest_id": self.env.ref("stock.stock_location_suppliers").id,
            }
        )
        move._action_confirm()
        move.quantity = 45
        move.picked = True
        move._action_done()
        self.decide(picking.inspection_ids)
        self.assertEqual((self.screw.qty_available, self.free()), (5, 5))

    def test_two_step_receipt_goes_on_after_the_release(self):
        self.warehouse.reception_steps = "two_steps"
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.supplier.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.wh_input_stock_loc_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.screw.id,
                            "product_uom_qty": 5,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": self.warehouse.wh_input_stock_loc_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.quantity = 5
        picking.move_ids.picked = True
        picking.button_validate()
        store = picking.move_ids.move_dest_ids
        self.assertFalse(store.move_line_ids)
        self.decide(picking.inspection_ids)
        self.assertEqual(
            picking.inspection_ids.release_location_id, self.warehouse.wh_input_stock_loc_id
        )
        self.assertEqual(store.quantity, 5)

    def test_laboratory_is_asked_and_bench_finds_it(self):
        inspection = self.receive_screws().inspection_ids
        payload = inspection._prepare_requested_payload()
        contract = self.env["integration.contract"].search(
            [("code", "=", "inspection.requested")]
        )
        self.assertIsNone(payload["lot"])
        self.assertFalse(contract._find_payload_faults(payload))
        bench = inspection.with_user(self.inspector)
        self.assertEqual(bench.bench_find(inspection.name)["lot"], inspection.picking_id.name)
        self.enter(bench, 1000)
        self.assertEqual(bench.bench_save([], True)["disposition"], "released")

    def test_inspector_does_not_release_by_hand_what_is_being_inspected(self):
        inspection = self.receive_screws().inspection_ids
        place = inspection.held_location_id
        quant = self.env["stock.quant"].search(
            [("location_id", "=", place.id), ("product_id", "=", self.screw.id)]
        )
        with self.assertRaisesRegex(LotOnHoldError, inspection.name):
            quant.with_user(self.inspector).sudo().move_quants(self.stock)
        with self.assertRaisesRegex(ValidationError, "still inspected"):
            self.env["lot.disposition.permit"].with_user(self.inspector).create(
                {
                    "location_id": place.id,
                    "product_id": self.screw.id,
                    "quantity": 1,
                    "reason": "Looks good",
                }
            )
        manager = new_test_user(self.env, "qm", MANAGER)
        quant.with_user(manager).sudo().move_quants(self.stock)
        self.assertEqual(self.free(), 50)


class TestReviewWithoutLot(WithoutLotCase):
    """What the material review decides about goods without a lot."""

    def setUp(self):
        super().setUp()
        self.picking = self.receive_screws()
        self.inspection = self.picking.inspection_ids
        self.decide(self.inspection, 1480)
        self.manager = new_test_user(self.env, "qm", MANAGER)

    def carry_out(self, decision, quantity=20, **values):
        made = (
            self.env["quality.nonconformance.decision"]
            .with_user(self.manager)
            .create(
                {
                    "nonconformance_id": self.inspection.nonconformance_ids.id,
                    "decision": decision,
                    "quantity": quantity,
                    **values,
                }
            )
        )
        made.action_execute()
        self.env.flush_all()
        return made

    def test_use_as_is(self):
        decision = self.carry_out("use_as_is", note="Within the customer's limits")
        self.assertEqual((decision.state, self.free()), ("done", 20))
        self.assertIn("customer's limits", decision.release_permit_id.reason)

    def test_use_as_is_by_two_people(self):
        self.screw.product_tmpl_id.release_people = "two"
        decision = self.carry_out("use_as_is", note="Within the customer's limits")
        self.assertEqual((decision.state, self.free()), ("planned", 0))
        request = decision.release_permit_id.request_ids
        request.with_user(self.inspector).action_approve()
        self.env.flush_all()
        self.assertEqual((decision.state, self.free()), ("done", 20))

    def test_return(self):
        decision = self.carry_out("return", 50)
        move = decision.picking_id.move_ids
        self.assertEqual(move.origin_returned_move_id, self.picking.move_ids)
        decision.picking_id.move_ids.picked = True
        decision.picking_id.button_validate()
        self.env.flush_all()
        self.screw.invalidate_recordset()
        self.assertEqual(self.screw.qty_available, 0)

    def test_scrap(self):
        decision = self.carry_out("scrap")
        self.assertEqual(decision.scrap_ids.state, "done")
        self.assertEqual(decision.scrap_ids.location_id.disposition, "rejected")
        self.screw.invalidate_recordset()
        self.assertEqual(self.screw.qty_available, 30)

    def test_sort(self):
        decision = self.carry_out("sort")
        again = decision.inspection_id
        self.assertEqual((again.sample_size, again.quantity), (20, 20))
        self.decide(again)
        self.assertEqual(self.free(), 20)
