from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import QualityCase


class TestNonconformance(QualityCase):
    def setUp(self):
        super().setUp()
        self.picking = self.receive_goods({"A": 10, "B": 20})
        self.lot_a, self.lot_b = self.picking.inspection_ids.sorted("id").lot_id
        inspection = self.picking.inspection_ids.filtered(
            lambda i: i.lot_id == self.lot_a
        )
        self.enter(inspection, 1480)
        inspection.action_decide()
        self.found = inspection.nonconformance_ids
        self.manager = new_test_user(
            self.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )
        self.inspector = new_test_user(
            self.env, "qi", "lot_disposition.lot_disposition_group_inspector"
        )

    def decide(self, decision, quantity=10, **values):
        line = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": self.found.id,
                "decision": decision,
                "quantity": quantity,
                **values,
            }
        )
        line.with_user(self.manager).action_execute()
        self.assertEqual(line.state, "done")
        return line

    def contain(self, **values):
        wizard = (
            self.env["quality.containment.wizard"]
            .with_user(self.inspector)
            .with_context(default_picking_id=self.picking.id)
            .create({"description": "Rust on the drums", **values})
        )
        action = wizard.action_contain()
        return self.env["quality.nonconformance"].browse(action["res_id"])

    def test_whole_receipt_is_contained_from_the_receipt(self):
        found = self.contain(scope="receipt")
        self.assertEqual(found.contained_lot_ids, self.lot_a + self.lot_b)
        self.assertEqual(self.lot_b.disposition, "quarantined")
        self.assertIn("Rust", self.lot_b.disposition_reason)
        self.assertEqual((found.state, found.partner_id), ("contained", self.supplier))

    def test_receipt_of_goods_without_a_lot_is_contained_by_place(self):
        screw = self.env["product.product"].create(
            {"name": "Screw", "is_storable": True}
        )
        self.picking = self.receive_goods({False: 50}, product=screw)
        found = self.contain()
        self.assertEqual((found.product_id, found.quantity), (screw, 50))
        self.assertEqual(found.state, "contained")
        screw.invalidate_recordset()
        self.assertEqual((screw.qty_available, screw.free_qty), (50, 0))

    def test_supplier_lot_is_contained_over_receipts(self):
        self.lot_b.ref = "MELT-7"
        other = self.receive_goods({"C": 5}).inspection_ids.lot_id
        other.ref = "MELT-7"
        found = self.contain(scope="supplier_lot", lot_id=self.lot_b.id)
        self.assertEqual(found.contained_lot_ids, self.lot_b + other)

    def test_return_creates_the_picking_that_the_warehouse_ships(self):
        picking = self.decide("return").picking_id
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(
            picking.move_ids.origin_returned_move_id, self.picking.move_ids
        )
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.lot_a.product_qty, 0)

    def test_scrap_takes_its_part_and_the_rest_stays_quarantined(self):
        line = self.decide("scrap", 4)
        self.assertEqual((line.scrap_ids.state, line.part_lot_id.name), ("done", "A/1"))
        self.assertEqual(self.lot_a.product_qty, 6)
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_sorting_moves_apart_and_inspects_again(self):
        line = self.decide("sort")
        line.picking_id.button_validate()
        self.assertTrue(line.picking_id.location_dest_id.is_quarantine)
        self.assertTrue(line.inspection_id.is_full)
        self.assertEqual(line.inspection_id.lot_id, self.lot_a)

    def test_sorted_part_is_free_once_its_own_inspection_passes(self):
        line = self.decide("sort", 4)
        part, inspection = line.part_lot_id, line.inspection_id
        self.assertEqual((part.disposition, part.product_qty), ("pending", 4))
        self.assertEqual(line.picking_id.move_line_ids.lot_id, part)
        line.picking_id.button_validate()
        self.assertEqual((inspection.lot_id, inspection.sample_size), (part, 4))
        self.enter(inspection, 1000)
        inspection.action_decide()
        self.assertEqual(part.disposition, "released")
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_goods_in_several_places_are_taken_where_they_are(self):
        """Half lies open, half in a box of its owner; nothing goes below zero."""
        self.lot_a._set_disposition("released", "To move it")
        box = self.env["stock.package"].create({"name": "BOX"})
        quants = self.env["stock.quant"].search([("lot_id", "=", self.lot_a.id)])
        quants.filtered(lambda quant: quant.quantity > 0)._update_available_quantity(
            self.product, self.warehouse.lot_stock_id, -5, lot_id=self.lot_a
        )
        quants._update_available_quantity(
            self.product,
            self.warehouse.lot_stock_id,
            5,
            lot_id=self.lot_a,
            package_id=box,
            owner_id=self.supplier,
        )
        self.lot_a._set_disposition("quarantined", "Found again")
        scraps = self.decide("scrap", 8).scrap_ids
        self.assertEqual(sorted(scraps.mapped("scrap_qty")), [3, 5])
        self.decide("return", 2).picking_id.button_validate()
        left = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "child_of", self.warehouse.lot_stock_id.id),
                ("lot_id", "!=", self.lot_b.id),
            ]
        )
        self.assertFalse(left.filtered("quantity"))

    def test_part_is_used_as_it_is_and_the_rest_stays(self):
        line = self.decide("use_as_is", 4, note="The upper layer is good")
        part = line.part_lot_id
        self.assertEqual((part.disposition, part.product_qty), ("released", 4))
        self.assertEqual(self.lot_a.disposition, "quarantined")
        self.assertEqual(self.lot_a.product_qty, 6)

    def test_use_as_is_is_done_when_the_last_of_two_people_released(self):
        self.product.product_tmpl_id.release_people = "two"
        line = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": self.found.id,
                "decision": "use_as_is",
                "quantity": 4,
                "note": "Within the tolerance of the product",
            }
        )
        line.with_user(self.manager).action_execute()
        part = line.part_lot_id
        self.assertEqual((line.state, part.disposition), ("planned", "quarantined"))
        with self.assertRaisesRegex(UserError, "carried out"):
            line.with_user(self.manager).quantity = 10
        other = new_test_user(
            self.env, "qm2", "lot_disposition.lot_disposition_group_manager"
        )
        part.disposition_request_ids.with_user(other).action_approve()
        self.assertEqual((line.state, part.disposition), ("done", "released"))
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_use_as_is_takes_a_justification_and_releases(self):
        with self.assertRaisesRegex(UserError, "Justify"):
            self.decide("use_as_is")
        self.decide("use_as_is", note="Within the tolerance of the product")
        self.assertEqual(self.lot_a.disposition, "released")

    def test_lot_of_a_company_that_the_manager_cannot_see_is_not_decided_on(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["stock.lot"].create(
            {"name": "F", "product_id": self.product.id, "company_id": company.id}
        )
        foreign._set_disposition("rejected", "Theirs")
        with self.assertRaises(AccessError):
            self.decide("use_as_is", 1, lot_id=foreign.id, note="Looks good from here")
        self.assertEqual(foreign.disposition, "rejected")

    def test_more_than_there_is_cannot_be_returned(self):
        with self.assertRaisesRegex(UserError, "in stock"):
            self.decide("return", 11)

    def test_closing_takes_review_and_execution(self):
        found = self.found.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Decide first"):
            found.action_review()
        line = self.env["quality.nonconformance.decision"].create(
            {"nonconformance_id": found.id, "decision": "return", "quantity": 4}
        )
        with self.assertRaisesRegex(UserError, "decided are"):
            found.action_review()
        line.quantity = 10
        found.action_review()
        found.conclusion = "Returned"
        with self.assertRaisesRegex(UserError, "not carried out"):
            found.action_close()
        line.with_user(self.manager).action_execute()
        found.action_close()
        self.assertEqual(found.state, "closed")
        with self.assertRaisesRegex(UserError, "reopen"):
            found.description = "Nothing"

    def test_decisions_are_the_managers(self):
        line = self.env["quality.nonconformance.decision"].create(
            {"nonconformance_id": self.found.id, "decision": "scrap", "quantity": 1}
        )
        with self.assertRaisesRegex(UserError, "manager"):
            line.with_user(self.inspector).action_execute()
        with self.assertRaises(AccessError):
            line.with_user(self.manager).state = "done"
        with self.assertRaises(AccessError):
            self.found.with_user(self.manager).state = "closed"

    def test_costs_are_charged_back_once(self):
        self.found.cost_ids = [
            (0, 0, {"name": "Sorting", "kind": "labour", "amount": 120}),
            (0, 0, {"name": "Meeting", "amount": 50, "is_charged": False}),
        ]
        self.assertEqual((self.found.cost, self.found.charged_cost), (170, 120))
        refund = self.found.with_user(self.manager).action_charge_back()
        self.assertEqual(refund.sudo().amount_untaxed, 120)
        self.assertEqual(refund.sudo().move_type, "in_refund")
        with self.assertRaisesRegex(UserError, "no cost left"):
            self.found.action_charge_back()

    def test_goods_on_hold_are_decided_about_before_it_is_closed(self):
        self.found.conclusion = "Talked to them"
        with self.assertRaisesRegex(UserError, "Decide first"):
            self.found.with_user(self.inspector).action_close()
        self.lot_a.with_user(self.manager).set_disposition("released", "Measured again")
        self.found.with_user(self.inspector).action_close()
        self.assertEqual(self.found.state, "closed")

    def test_cancelled_transfer_carries_nothing_out(self):
        line = self.decide("return")
        line.picking_id.action_cancel()
        self.found.conclusion = "Returned"
        with self.assertRaisesRegex(UserError, "not carried out"):
            self.found.with_user(self.manager).action_close()
        line.with_user(self.manager).action_execute()
        self.assertEqual(line.picking_id.state, "assigned")
        self.found.with_user(self.manager).action_close()

    def test_what_is_charged_stays_as_it_was_charged(self):
        self.found.cost_ids = [(0, 0, {"name": "Sorting", "amount": 120})]
        self.found.with_user(self.manager).action_charge_back()
        cost = self.found.cost_ids.with_user(self.inspector)
        for action in (
            lambda: cost.write({"amount": 1}),
            lambda: cost.write({"refund_id": False}),
            cost.unlink,
        ):
            with self.assertRaisesRegex(UserError, "is charged with"):
                action()
        with self.assertRaises(AccessError):
            cost.copy().refund_id = cost.sudo().refund_id
        cost.sudo().refund_id.button_cancel()
        cost.amount = 100
        refund = self.found.with_user(self.manager).action_charge_back()
        self.assertEqual(refund.sudo().amount_untaxed, 100)

    def test_closed_is_closed_with_its_costs_and_decisions(self):
        line = self.env["quality.nonconformance.decision"].create(
            {"nonconformance_id": self.found.id, "decision": "scrap", "quantity": 1}
        )
        self.found.conclusion = "Nothing was wrong"
        self.found.with_user(self.manager).action_cancel()
        vals = {"nonconformance_id": self.found.id, "name": "x", "amount": 3}
        mine = self.env["quality.nonconformance.cost"].with_user(self.inspector)
        for action in (lambda: mine.create(vals), line.with_user(self.manager).action_execute):
            with self.assertRaisesRegex(UserError, "reopen"):
                action()

    def test_nothing_is_about_less_than_nothing(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.found.quantity = -1000

    def test_stock_below_zero_is_contained_all_the_same(self):
        self.lot_b._set_disposition("released", "To make it negative")
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.warehouse.lot_stock_id, -99, lot_id=self.lot_b
        )
        found = self.contain(lot_id=self.lot_b.id)
        self.assertEqual((found.state, found.quantity), ("contained", 0))

    def test_it_belongs_to_the_company_of_the_goods(self):
        plant = self.env["res.company"].create({"name": "Plant B"})
        self.inspector.company_ids |= plant
        lot = self.env["stock.lot"].create(
            {"name": "B-9", "product_id": self.product.id, "company_id": plant.id}
        )
        both = (self.env.company | plant).ids
        mine = self.env["quality.nonconformance"].with_user(self.inspector)
        found = mine.with_context(allowed_company_ids=both).create(
            {"lot_id": lot.id, "description": "Rust"}
        )
        self.assertEqual(found.company_id, plant)

    def test_held_goods_still_do_not_ship(self):
        with self.assertRaises(LotOnHoldError):
            self.lot_a._check_use("ship")

    def test_events_follow_the_life(self):
        self.decide("return")
        self.found.conclusion = "Returned"
        self.found.action_close()
        for code, state in (
            ("nonconformance.opened", "open"),
            ("nonconformance.updated", "contained"),
            ("nonconformance.closed", "closed"),
        ):
            payload = self.published(code, self.found)[-1].payload
            self.assertEqual((payload["state"], payload["lot"]), (state, "A"))

    def test_companies_are_kept_apart(self):
        company = self.env["res.company"].create({"name": "Plant B"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "lot_disposition.lot_disposition_group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.found.with_user(stranger).action_reopen()


class TestReportedNonconformance(QualityCase):
    """A QMS owns it, and Odoo follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("nonconformance.reported")
        cls.map("item", "Q-RES", cls.product)

    def report(self, **values):
        payload = {
            "nonconformance": "QMS-1",
            "item": "Q-RES",
            "lot": "A",
            "severity": "major",
            "description": "Crystals",
            **values,
        }
        return self.receive("nonconformance.reported", payload).delivery_ids

    def setUp(self):
        super().setUp()
        self.lot = self.receive_goods({"A": 5}).inspection_ids.lot_id

    def test_report_contains_and_the_same_number_updates(self):
        delivery = self.report(contain=True)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.lot.disposition, "quarantined")
        delivery = self.report(state="closed", conclusion="Filtered")
        self.assertEqual(delivery.state, "done", delivery.last_error)
        found = self.env["quality.nonconformance"].search(
            [("lot_id", "=", self.lot.id)]
        )
        self.assertEqual((len(found), found.state), (1, "closed"))

    def test_its_states_are_followed_back_and_forth(self):
        for state in ("reviewed", "closed", "open", "cancelled", "contained"):
            delivery = self.report(state=state, conclusion="Filtered")
            self.assertEqual(delivery.state, "done", delivery.last_error)
            found = self.env["quality.nonconformance"].search(
                [("lot_id", "=", self.lot.id)]
            )
            self.assertEqual(found.state, state)
            self.assertEqual(bool(found.closed_at), state in ("closed", "cancelled"))

    def test_nobody_decides_here_what_the_qms_owns(self):
        self.report()
        found = self.env["quality.nonconformance"].search(
            [("lot_id", "=", self.lot.id)]
        )
        manager = new_test_user(
            self.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )
        found.conclusion = "x"
        with self.assertRaisesRegex(UserError, "system of record"):
            found.with_user(manager).action_close()

    def test_unknown_defect_waits_for_a_person(self):
        delivery = self.report(defects=["NOPE"])
        self.assertEqual(delivery.state, "parked")
        self.env["quality.defect.code"].create({"code": "NOPE", "name": "Crystals"})
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
