from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestRecall(TraceCase):
    """Two board lots, one table lot, two customers, one return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot_a, cls.lot_b = cls.receive("B-1", 20), cls.receive("B-2", 20)
        cls.order, cls.tables = cls.produce({cls.lot_a: 16}, {"T-1": 8})
        cls.ship(cls.tables, 3)
        cls.ship(cls.tables, 2, cls.other_customer)
        cls.take_back(cls.tables, 1)

    def test_raw_lot_names_order_finished_lot_stock_and_customers(self):
        recall = self.recall(self.lot_a)
        self.assertEqual(recall.state, "answered")
        self.assertEqual(recall.mode, "simulation")
        self.assertEqual(recall.lot_line_ids.lot_id, self.lot_a | self.tables)
        self.assertEqual(recall.order_line_ids.production_id, self.order)
        self.assertEqual(recall.order_line_ids.quantity, 16)
        self.assertEqual(recall.order_line_ids.made_lots, "T-1")
        self.assertEqual(
            {
                (line.lot_id, line.location_id): line.quantity
                for line in recall.stock_line_ids
            },
            {(self.lot_a, self.stock): 4, (self.tables, self.stock): 4},
        )
        self.assertEqual(
            {line.partner_id: line.quantity for line in recall.customer_line_ids},
            {self.customer: 2, self.other_customer: 2},
        )

    def test_numbers_at_the_top_agree_with_the_lines(self):
        recall = self.recall(self.lot_a)
        self.assertEqual(recall.affected_lot_count, 2)
        self.assertEqual(recall.production_count, 1)
        self.assertEqual(recall.stock_lot_count, 2)
        self.assertEqual(recall.customer_count, 2)
        self.assertEqual(recall.untracked_count, 0)
        self.assertGreater(recall.answer_milliseconds, 0)
        self.assertTrue(recall.answered_at)
        self.assertRegex(recall.name, r"^RECALL/\d{4}/\d{4}$")

    def test_every_affected_lot_says_why(self):
        recall = self.recall(self.lot_a)
        self.assertEqual(
            [(line.depth, line.path) for line in recall.lot_line_ids],
            [(0, "B-1"), (1, "B-1 → T-1")],
        )

    def test_customers_are_netted_with_shipments_and_documents(self):
        recall = self.recall(self.lot_a)
        line = recall.customer_line_ids.filtered(
            lambda one: one.partner_id == self.customer
        )
        self.assertEqual(
            (line.shipped_quantity, line.returned_quantity, line.quantity), (3, 1, 2)
        )
        pickings = self.edges(self.tables, partner_id=self.customer.id).picking_id
        self.assertEqual(len(pickings), 2)
        for picking in pickings:
            self.assertIn(picking.name, line.documents)

    def test_a_return_from_another_address_of_the_customer_is_netted(self):
        branch = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.customer.id, "type": "delivery"}
        )
        self.take_back(self.tables, 2, branch)
        recall = self.recall(self.lot_a)
        line = recall.customer_line_ids.filtered(
            lambda one: one.partner_id == self.customer
        )
        self.assertEqual(line.quantity, 0)

    def test_unaffected_lots_stay_out(self):
        recall = self.recall(self.lot_b)
        self.assertEqual(recall.lot_line_ids.lot_id, self.lot_b)
        self.assertFalse(recall.order_line_ids)
        self.assertFalse(recall.customer_line_ids)

    def test_vendor_return_is_a_supplier_not_a_customer(self):
        self.move(
            self.stock,
            self.suppliers,
            self.lot_b,
            5,
            kind=self.warehouse.out_type_id,
            partner=self.supplier,
        )
        recall = self.recall(self.lot_b)
        self.assertFalse(recall.customer_line_ids)
        [line] = recall.supplier_line_ids
        self.assertEqual(line.partner_id, self.supplier)
        self.assertEqual(
            (line.shipped_quantity, line.returned_quantity, line.quantity), (20, 5, 15)
        )

    def test_what_is_reserved_is_in_progress(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self.table.id,
                "product_uom_qty": 2,
                "product_uom": self.table.uom_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        recall = self.recall(self.lot_a)
        [line] = recall.open_line_ids
        self.assertEqual(
            (line.lot_id, line.quantity, line.status), (self.tables, 2, "reserved")
        )
        self.assertEqual(recall.open_count, 1)
        stock = recall.stock_line_ids.filtered(lambda one: one.lot_id == self.tables)
        self.assertEqual(stock.reserved_quantity, 2)

    def test_a_running_order_that_consumed_the_lot_is_in_progress(self):
        order = self.make_order(1)
        order.qty_producing = 1
        move = order.move_raw_ids
        self.fill(move, {self.lot_b: 2})
        move._action_done()
        recall = self.recall(self.lot_b)
        [line] = recall.open_line_ids
        self.assertEqual((line.production_id, line.status), (order, "consumed"))

    def test_an_order_without_output_lots_is_pointed_out(self):
        shelf = self.make_product("Shelf", "none")
        bom = self.make_bom(shelf, {self.board: 2})
        order, _lots = self.produce({self.lot_b: 2}, {"-": 1}, shelf, bom)
        recall = self.recall(self.lot_b)
        self.assertEqual(recall.untracked_count, 1)
        self.assertEqual(recall.order_line_ids.production_id, order)

    def test_backward_names_inputs_and_suppliers(self):
        recall = self.recall(self.tables, direction="backward")
        self.assertEqual(recall.lot_line_ids.lot_id, self.lot_a | self.tables)
        self.assertEqual(recall.supplier_line_ids.partner_id, self.supplier)
        self.assertEqual(recall.supplier_line_ids.lot_id, self.lot_a)

    def test_running_again_answers_as_of_now(self):
        recall = self.recall(self.lot_a)
        self.ship(self.tables, 1)
        recall.action_run()
        self.assertEqual(len(recall.lot_line_ids), 2)
        line = recall.customer_line_ids.filtered(
            lambda one: one.partner_id == self.customer
        )
        self.assertEqual(line.quantity, 3)

    def test_a_simulation_stops_nothing(self):
        self.recall(self.lot_a)
        self.assertEqual(
            (self.lot_a | self.tables).mapped("disposition"), ["released"] * 2
        )

    def test_containing_quarantines_every_affected_lot_on_hand(self):
        recall = self.recall(self.lot_a, reason="Metal splinters")
        recall.with_user(self.inspector).action_contain()
        self.assertEqual(recall.state, "contained")
        self.assertEqual(recall.mode, "real")
        affected = self.lot_a | self.tables
        self.assertEqual(affected.mapped("disposition"), ["quarantined"] * 2)
        self.assertEqual(self.lot_b.disposition, "released")
        for entry in affected.disposition_entry_ids:
            self.assertEqual(entry.path, "recall")
            self.assertEqual(entry.reason, "Metal splinters")
            self.assertEqual((entry.res_model, entry.res_id), (recall._name, recall.id))

    def test_containing_reaches_what_was_made_since(self):
        recall = self.recall(self.lot_a)
        _order, late = self.produce({self.lot_a: 2}, {"T-2": 1})
        recall.action_contain()
        self.assertEqual(late.disposition, "quarantined")

    def test_containing_needs_a_right_over_lots(self):
        recall = self.recall(self.lot_a)
        with self.assertRaises(AccessError):
            recall.with_user(self.stock_user).action_contain()
        self.assertEqual(self.tables.disposition, "released")

    def test_nothing_to_contain_is_said(self):
        self.ship(self.tables, 4)
        self.ship(self.lot_a, 4)
        recall = self.recall(self.lot_a)
        with self.assertRaisesRegex(UserError, "No affected lot is on hand"):
            recall.action_contain()

    def test_a_contained_recall_keeps_its_answer(self):
        recall = self.recall(self.lot_a)
        recall.action_contain()
        with self.assertRaisesRegex(UserError, "has been contained"):
            recall.action_run()

    def test_an_answered_recall_stays_on_record(self):
        recall = self.recall(self.lot_a)
        with self.assertRaisesRegex(UserError, "stays on record"):
            recall.unlink()

    def test_one_click_from_the_lot(self):
        action = self.lot_a.with_user(self.stock_user).action_simulate_recall()
        recall = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(recall.state, "answered")
        self.assertEqual(recall.user_id, self.stock_user)

    def test_buttons_open_what_they_count(self):
        recall = self.recall(self.lot_a)
        for method, count in (
            ("action_open_orders", recall.production_count),
            ("action_open_stock", recall.stock_lot_count),
            ("action_open_customers", recall.customer_count),
            ("action_open_affected_lots", recall.affected_lot_count),
        ):
            with self.subTest(method=method):
                action = getattr(recall, method)()
                found = self.env[action["res_model"]].search_count(action["domain"])
                self.assertEqual(found, count)
