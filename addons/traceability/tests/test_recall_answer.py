from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import RecallCase


@tagged("post_install", "-at_install")
class TestRecallAnswer(RecallCase):
    """What the answer says, how it is told, and what becomes of it."""

    def uses(self, recall):
        return {(use.kind, use.lot_id.name): use.quantity for use in recall.use_ids}

    def test_reserved_in_progress_in_transit_consumed_scrapped_and_sent_back(self):
        transit = self.env["stock.location"].create(
            {"name": "Between", "usage": "transit"}
        )
        self.transfer(self.raw_lot, 1, self.stock, transit, self.supplier, "int")
        self.transfer(self.raw_lot, 2, self.stock, self.suppliers, self.supplier, "out")
        self.env["stock.scrap"].create(
            {
                "product_id": self.finished.id,
                "lot_id": self.output.id,
                "scrap_qty": 1,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        order = self.order(self.finished, 1)
        order.action_assign()
        recall = self.ask()
        self.assertEqual(
            self.uses(recall),
            {
                ("consumed", "R1"): 20,
                ("in_progress", "R1"): 2,
                ("vendor_return", "R1"): 2,
                ("scrapped", "F1"): 1,
            },
        )
        self.assertEqual(recall.open_count, 1)
        [moving] = recall.stock_ids.filtered("is_transit")
        self.assertEqual((moving.lot_id, moving.quantity), (self.raw_lot, 1))

    def test_mass_balance_of_the_recall_and_a_gap_that_shows(self):
        recall = self.ask()
        found = {
            balance.product_id: (balance.received + balance.made, balance.gap)
            for balance in recall.balance_ids
        }
        self.assertEqual(found, {self.raw: (30, 0), self.finished: (10, 0)})
        self.assertEqual(recall.accounted_share, 1)
        self.env["stock.quant"]._update_available_quantity(
            self.raw, self.stock, -3, lot_id=self.raw_lot
        )
        balance = self.raw_lot.get_mass_balance()[str(self.raw_lot.id)]
        self.assertEqual((balance["on_hand"], balance["gap"]), (7, 3))
        self.assertIn("3 Units are missing", balance["explanation"])
        self.assertLess(self.ask().accounted_share, 1)
        never = self.lot("NEVER")
        self.env["stock.quant"]._update_available_quantity(
            self.raw, self.stock, 3, lot_id=never
        )
        recall = self.env["traceability.recall"].create({"lot_id": never.id})
        recall.action_run()
        self.assertEqual((recall.balance_ids.gap, recall.accounted_share), (-3, 0))

    def test_what_is_near_and_not_affected(self):
        beside = self.stocked("R2", 5)
        recall = self.ask()
        [near] = recall.neighbour_ids.filtered(lambda row: row.lot_id == beside)
        self.assertEqual(near.nearness, "product")
        self.assertFalse(recall.neighbour_ids.lot_id & recall.line_ids.lot_id)

    def test_contained_freezes_the_answer_and_compare_shows_what_changed(self):
        recall = self.ask()
        recall.action_contain()
        with self.assertRaisesRegex(UserError, "stays as it was"):
            recall.action_run()
        self.take_back(self.output, 2)
        again = self.env["traceability.recall"].browse(
            recall.action_compare()["res_id"]
        )
        self.assertEqual((again.mode, again.compared_with_id), ("simulation", recall))
        self.assertIn("At customers: 4.0, 6.0 before", again.comparison)
        self.assertEqual(recall.customer_ids.quantity, 6)

    def test_letters_answers_and_what_comes_back(self):
        recall = self.ask()
        recall.action_contain()
        recall.action_prepare_letters()
        letter = recall.notice_ids
        self.assertEqual(letter.partner_id, self.customer)
        for text in ("F1", "6", self.delivery.name, "Wrong alloy"):
            self.assertIn(text, letter.body)
        letter.action_send()
        self.assertEqual(letter.state, "sent")
        self.assertEqual(letter.message_ids[:1].partner_ids, self.customer)
        self.take_back(self.output, 3)
        with Form(recall) as form, form.customer_ids.edit(0) as row:
            row.reported_quantity = 1.5
        recall.invalidate_recordset()
        self.assertEqual(recall.customer_ids.recovered_quantity, 4.5)
        self.assertAlmostEqual(recall.effectiveness, 0.75)

    def test_a_customer_without_an_address_is_named(self):
        self.customer.email = False
        recall = self.ask()
        recall.action_contain()
        recall.action_prepare_letters()
        with self.assertRaisesRegex(UserError, "Acme has no e-mail address"):
            recall.notice_ids.action_send()

    def test_a_company_without_an_address_is_reached_through_its_people(self):
        self.customer.email = False
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id, "email": "ann@example.com"}
        )
        recall = self.ask()
        self.assertEqual(recall.customer_ids.email, "ann@example.com")
        recall.action_contain()
        recall.action_prepare_letters()
        recall.notice_ids.action_send()
        self.assertEqual(recall.notice_ids.message_ids[:1].partner_ids, contact)

    def test_nothing_of_a_lot_is_not_reserved(self):
        order = self.order(self.finished, 1)
        self.fill(order.move_raw_ids, {self.raw_lot: 0}, picked=False)
        self.assertEqual(set(self.uses(self.ask())), {("consumed", "R1")})

    def test_what_others_bring_back_is_missing_nowhere(self):
        """It came from the only customer; with several, nobody knows from which."""
        other, consumer = self.env["res.partner"].create(
            [{"name": "Other"}, {"name": "Consumer"}]
        )
        self.transfer(self.output, 2, self.customers, self.stock, consumer, "in")
        recall = self.ask()
        self.assertEqual(recall.customer_ids.partner_id, self.customer)
        self.assertEqual(recall.customer_ids.quantity, 4)
        self.transfer(self.output, 3, self.stock, self.customers, other, "out")
        self.transfer(self.output, 3, self.customers, self.stock, other, "in")
        nobody = self.env["res.partner"]
        self.transfer(self.output, 1, self.customers, self.stock, nobody, "in")
        recall = self.ask()
        had = {row.partner_id: row.quantity for row in recall.customer_ids}
        self.assertEqual(had, {self.customer: 6, consumer: -2, nobody: -1})
        balance = recall.balance_ids.filtered(lambda b: b.product_id == self.finished)
        self.assertEqual(sum(had.values()), balance.shipped - balance.returned)
        recall.action_contain()
        recall.action_prepare_letters()
        self.assertEqual(recall.notice_ids.partner_id, self.customer)
        self.assertFalse(any(recall.customer_ids.mapped("recovered_quantity")))
        self.assertEqual(recall.effectiveness, 0)

    def test_a_lot_may_have_any_name(self):
        strange = """a"b'c\\d, {NULL} %s"""
        self.raw_lot.name = strange
        [line] = self.ask().line_ids.filtered(lambda line: line.lot_id == self.output)
        self.assertEqual(line.path, f"{strange} → F1")

    def test_what_an_open_order_took_is_in_progress(self):
        order = self.order(self.finished, 4)
        move = order.move_raw_ids
        self.fill(move, {self.raw_lot: 3})
        move._action_done()
        self.assertNotEqual(order.state, "done")
        self.assertEqual(self.uses(self.ask())["in_progress", "R1"], 3)

    def test_reserved_stock_without_a_lot_is_in_the_answer(self):
        glue = self.product("GLUE", "none")
        self.recipe(glue, {self.raw: 1})
        self.finish(self.order(glue, 3), {self.raw_lot: 3}, {glue: 3})
        move = self.env["stock.move"].create(
            {
                "product_id": glue.id,
                "product_uom_qty": 2,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        use = self.ask().use_ids.filtered(lambda use: use.product_id == glue)
        self.assertEqual((use.kind, use.quantity), ("reserved", 2))
        self.assertTrue(use.node_id)

    def test_what_nobody_can_be_written_about_is_named(self):
        nobody = self.env["res.partner"]
        self.transfer(self.output, 1, self.stock, self.customers, nobody, "out")
        recall = self.ask()
        recall.action_prepare_letters()
        self.assertEqual(recall.notice_ids.partner_id, self.customer)
        self.assertIn("nobody: 1", " ".join(recall.message_ids.mapped("body")))

    def test_addresses_of_a_company_are_one_customer(self):
        berlin, wien = self.env["res.partner"].create(
            [{"name": n, "parent_id": self.customer.id} for n in ("Berlin", "Wien")]
        )
        for partner, quantity in ((berlin, 2), (wien, 1)):
            self.transfer(
                self.output, quantity, self.stock, self.customers, partner, "out"
            )
        self.transfer(self.output, 4, self.customers, self.stock, wien, "in")
        nobody = self.env["res.partner"]
        self.transfer(self.output, 1, self.customers, self.stock, nobody, "in")
        recall = self.ask()
        customer = recall.customer_ids
        self.assertEqual(customer.partner_id, self.customer)
        self.assertEqual(
            (customer.shipped_quantity, customer.returned_quantity, customer.quantity),
            (9, 5, 4),
        )
        self.assertEqual(customer.addresses, "2 Acme, Berlin; 1 Acme, Wien")
        self.assertEqual(len(customer.picking_ids), 3)
        self.take_back(self.output, 1)
        self.transfer(self.output, 1, self.customers, self.stock, nobody, "in")
        customer.invalidate_recordset()
        self.assertEqual(customer.recovered_quantity, 2)

    def test_an_answer_is_its_companys_and_says_what_lies_outside(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        self.env.user.company_ids |= other
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", other.id)], limit=1
        )
        both = [*self.env.company.ids, *other.ids]
        shared = self.lot("SHARED")
        self.receive_lot(shared, 4)
        self.env["stock.quant"].with_company(other)._update_available_quantity(
            self.raw, warehouse.lot_stock_id, 3, lot_id=shared
        )
        Recall = self.env["traceability.recall"].with_context(
            allowed_company_ids=both
        )
        recall = Recall.create({"lot_id": shared.id})
        recall.action_run()
        self.assertEqual(recall.stock_ids.mapped("quantity"), [4])
        self.assertIn("Other plant", recall.outside)
        self.assertFalse(self.ask().outside)

    def test_stock_without_a_lot_is_said_to_be_not_contained(self):
        glue = self.product("GLUE", "none")
        self.recipe(glue, {self.raw: 1})
        self.finish(self.order(glue, 3), {self.raw_lot: 3}, {glue: 3})
        recall = self.ask()
        recall.action_contain()
        row = recall.stock_ids.filtered(lambda row: row.product_id == glue)
        self.assertFalse(row.is_contained)
        self.assertTrue(all((recall.stock_ids - row).mapped("is_contained")))
        self.assertIn("Not contained", " ".join(recall.message_ids.mapped("body")))

    def test_mock_recalls_are_graded(self):
        recall = self.env["traceability.recall"]._start_mock_recall(self.env.company)
        self.assertEqual((recall.mode, recall.state), ("drill", "answered"))
        self.assertTrue(recall.activity_ids)
        for share, seconds, grade in (
            (1, 30, "a"),
            (1, 90, "b"),
            (0.96, 30, "c"),
            (0.9, 1, "d"),
        ):
            recall.accounted_share = share
            moment = recall.create_date + timedelta(seconds=seconds)
            self.assertEqual(recall._get_grade(moment), grade)
        recall.action_close()
        self.assertTrue(recall.grade)

    def test_another_company_sees_nothing_of_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "other-inspector",
            "lot_disposition.lot_disposition_group_inspector,stock.group_stock_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.ask()
        Recall = self.env["traceability.recall"].with_user(user)
        self.assertFalse(Recall.search([]))
        trace = (
            self.env["traceability.edge"]
            .with_user(user)
            .trace(self.raw_lot.with_user(user))
        )
        self.assertEqual(list(trace.rows), [])
