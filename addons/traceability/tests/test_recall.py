from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import TraceCase


class TestRecall(TraceCase):
    def setUp(self):
        super().setUp()
        self.raw_lot = self.lot("R1")
        self.output = self.lot("F1", self.finished)
        self.receive_lot(self.raw_lot, 30)
        self.production = self.produce({self.raw_lot: 20}, self.output, 10)
        self.delivery = self.ship(self.output, 6)

    def run_recall(self):
        recall = self.env["traceability.recall"].create(
            {"lot_id": self.raw_lot.id, "reason": "Wrong alloy"}
        )
        recall.action_run()
        return recall

    def test_answer_names_orders_lots_stock_and_customers(self):
        recall = self.run_recall()
        self.assertEqual(recall.production_ids, self.production)
        self.assertEqual(recall.line_ids.lot_id, self.raw_lot | self.output)
        self.assertEqual(recall.line_ids[1].path, "R1 → F1")
        on_hand = {row.lot_id: row.quantity for row in recall.stock_ids}
        self.assertEqual(on_hand, {self.raw_lot: 10, self.output: 4})
        customer = recall.customer_ids
        self.assertEqual((customer.partner_id, customer.quantity), (self.customer, 6))
        self.assertEqual(customer.picking_ids, self.delivery)
        self.assertGreater(recall.answer_milliseconds, 0)
        self.assertEqual(self.raw_lot.disposition, "released")

    def test_quantities_at_customers_are_net_of_returns(self):
        self.take_back(self.output, 2)
        self.assertEqual(self.run_recall().customer_ids.quantity, 4)
        self.take_back(self.output, 4)
        self.assertFalse(self.run_recall().customer_ids)

    def test_return_to_the_vendor_is_no_customer(self):
        self.transfer(self.raw_lot, 5, self.stock, self.suppliers, self.supplier, "out")
        self.assertEqual(self.run_recall().customer_ids.partner_id, self.customer)

    def test_asking_again_replaces_the_answer(self):
        recall = self.run_recall()
        self.ship(self.output, 1)
        recall.action_run()
        self.assertEqual(recall.customer_ids.quantity, 7)

    def test_containment_stops_everything_that_is_left(self):
        recall = self.run_recall()
        recall.action_contain()
        lots = self.raw_lot | self.output
        self.assertEqual(set(lots.mapped("disposition")), {"quarantined"})
        self.assertIn("Wrong alloy", self.output.disposition_reason)
        with self.assertRaises(LotOnHoldError):
            self.ship(self.output, 1)
        self.assertEqual((recall.state, recall.mode), ("contained", "real"))

    def test_three_clicks_from_the_lot(self):
        action = self.raw_lot.action_simulate_recall()
        recall = self.env["traceability.recall"].browse(action["res_id"])
        self.assertEqual(recall.state, "answered")

    def test_stock_users_look_and_inspectors_ask(self):
        user = new_test_user(self.env, "stock-user", "stock.group_stock_user")
        inspector = new_test_user(
            self.env, "inspector", "lot_disposition.lot_disposition_group_inspector"
        )
        Recall = self.env["traceability.recall"]
        with self.assertRaises(AccessError):
            Recall.with_user(user).create({"lot_id": self.raw_lot.id})
        recall = Recall.with_user(inspector).create({"lot_id": self.raw_lot.id})
        recall.action_run()
        self.assertEqual(recall.customer_ids.partner_id, self.customer)
