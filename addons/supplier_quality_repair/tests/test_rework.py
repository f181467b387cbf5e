from odoo.addons.supplier_quality.tests.common import QualityCase
from odoo.addons.supplier_quality.tests.test_without_lot import WithoutLotCase


class TestRework(QualityCase):
    """A decision to rework is an order somebody works by, and frees nothing."""

    def setUp(self):
        super().setUp()
        self.inspection = self.receive_goods({"A": 10}).inspection_ids
        self.lot = self.inspection.lot_id
        self.enter(self.inspection, 1480)
        self.inspection.action_decide()

    def decide(self):
        decision = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": self.inspection.nonconformance_ids.id,
                "decision": "rework",
                "quantity": 10,
                "note": "Filter once more",
            }
        )
        decision.action_execute()
        return decision

    def test_rework_becomes_a_repair_order_where_the_goods_are(self):
        decision = self.decide()
        repair = decision.repair_id
        self.assertEqual((repair.lot_id, repair.product_qty), (self.lot, 10))
        self.assertEqual(
            repair.product_location_src_id, decision.picking_id.location_dest_id
        )
        self.assertTrue(repair.product_location_src_id.in_quarantine)
        self.assertIn("Filter once more", repair.internal_notes)

    def test_reworked_goods_stay_on_hold_until_they_are_inspected(self):
        decision = self.decide()
        decision.picking_id.button_validate()
        repair = decision.repair_id
        repair.action_validate()
        self.assertEqual(repair.state, "confirmed")
        repair.action_repair_start()
        repair.action_repair_end()
        self.env.flush_all()
        self.assertEqual(repair.state, "done")
        self.assertEqual(self.lot.disposition, "pending")
        again = decision.inspection_id
        self.assertEqual((again.lot_id, again.state), (self.lot, "draft"))
        self.enter(again, 1000)
        again.action_decide()
        self.assertEqual(self.lot.disposition, "released")


class TestReworkWithoutLot(WithoutLotCase):
    def test_goods_are_reworked_where_they_wait_and_inspected_again(self):
        inspection = self.receive_screws().inspection_ids
        self.decide(inspection, 1480)
        decision = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": inspection.nonconformance_ids.id,
                "decision": "rework",
                "quantity": 20,
                "note": "Deburr",
            }
        )
        decision.action_execute()
        repair = decision.repair_id
        self.assertEqual(
            (repair.product_id, repair.product_qty, repair.product_location_src_id),
            (self.screw, 20, inspection.held_location_id),
        )
        repair.action_validate()
        repair.action_repair_start()
        repair.action_repair_end()
        self.env.flush_all()
        self.assertEqual((repair.state, self.free()), ("done", 0))
        self.decide(decision.inspection_id)
        self.assertEqual(self.free(), 20)
