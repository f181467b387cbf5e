from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestRecallScope(TraceCase):
    """A recall starts from whatever somebody knows."""

    def setUp(self):
        super().setUp()
        self.first = self.lot("R1")
        self.receipt = self.receive_lot(self.first, 30)
        self.second = self.stocked("R2", 30)
        self.output = self.lot("F1", self.finished)
        self.order_one = self.produce({self.first: 20}, self.output, 10)
        self.ship(self.output, 6)

    def ask(self, scope, **values):
        recall = self.env["traceability.recall"].create({"scope": scope, **values})
        recall.action_run()
        return recall

    def names(self, recall):
        return set(recall.line_ids.lot_id.mapped("name"))

    def test_every_scope_finds_its_lots(self):
        self.first.supplier_lot = "HEAT-1"
        now = fields.Datetime.now()
        period = {
            "date_from": now - timedelta(days=1),
            "date_to": now + timedelta(days=1),
        }
        for scope, values, expected in (
            ("lot", {"lot_id": self.first.id}, {"R1", "F1"}),
            ("supplier_lot", {"supplier_lot": "HEAT-1"}, {"R1", "F1"}),
            ("supplier_lot", {"supplier_lot": "R2"}, {"R2"}),
            (
                "supplier",
                {"partner_id": self.supplier.id, **period},
                {"R1", "R2", "F1"},
            ),
            ("receipt", {"picking_id": self.receipt.id}, {"R1", "F1"}),
            ("production", {"production_id": self.order_one.id}, {"F1"}),
            ("component", {"component_id": self.raw.id, **period}, {"R1", "R2", "F1"}),
            ("serials", {"serials": "R2\nF1, R1"}, {"R1", "R2", "F1"}),
        ):
            with self.subTest(scope=scope, values=values):
                recall = self.ask(scope, **values)
                self.assertEqual(self.names(recall), expected)
                self.assertEqual(recall.lot_count, len(expected))

    def test_a_work_centre_in_its_hours(self):
        center = self.env["mrp.workcenter"].create({"name": "Oven"})
        self.bom.operation_ids = [
            (0, 0, {"name": "Bake", "workcenter_id": center.id, "time_cycle_manual": 5})
        ]
        output = self.lot("F2", self.finished)
        self.produce({self.second: 4}, output, 2)
        hour, now = timedelta(hours=1), fields.Datetime.now()
        recall = self.ask(
            "workcenter",
            workcenter_id=center.id,
            date_from=now - hour,
            date_to=now + hour,
        )
        self.assertEqual(self.names(recall), {"F2"})
        with self.assertRaisesRegex(UserError, "Nothing was found"):
            self.ask("workcenter", workcenter_id=center.id, date_to=now - hour)

    def test_nothing_and_unknown_are_sentences(self):
        with self.assertRaisesRegex(UserError, "Nothing was found"):
            self.ask("supplier_lot", supplier_lot="NOPE")
        with self.assertRaisesRegex(UserError, "no lot NOPE"):
            self.ask("serials", serials="R1\nNOPE")

    def test_a_component_without_lots_leads_to_what_it_went_into(self):
        glue = self.product("GLUE", "none")
        self.recipe(self.finished, {self.raw: 1, glue: 1})
        output = self.lot("F2", self.finished)
        order = self.order(self.finished, 2)
        self.finish(order, {self.second: 2, glue: 2}, {output: 2})
        self.assertEqual(
            self.names(self.ask("component", component_id=glue.id)), {"F2"}
        )

    def test_a_component_without_lots_that_is_made_here_is_suspect_itself(self):
        glue = self.product("GLUE", "none")
        self.recipe(glue, {self.raw: 1})
        self.finish(self.order(glue, 3), {self.second: 3}, {glue: 3})
        recall = self.ask("component", component_id=glue.id)
        self.assertEqual(recall.line_ids.node_id.product_id, glue)
        self.assertEqual(recall.stock_ids.mapped("quantity"), [3])

    def test_a_lot_that_an_answer_names_stays(self):
        lot = self.lot("NEVER-MOVED")
        recall = self.ask("serials", serials="NEVER-MOVED")
        with self.assertRaisesRegex(UserError, "stays on record"):
            lot.unlink()
        recall.unlink()
        self.assertTrue(lot.unlink())

    def test_a_lot_is_found_by_the_number_it_had(self):
        self.first.name = "R1-NEW"
        self.assertEqual(
            self.ask("serials", serials="R1").line_ids.filtered("is_start").lot_id,
            self.first,
        )
        row = self.first.trace_rename_ids
        self.assertEqual((row.document, row.reason), ("R1", "R1 → R1-NEW"))

    def test_numbers_of_one_product_only(self):
        twin = self.lot("R1", self.finished)
        recall = self.ask("serials", serials="R1", component_id=self.finished.id)
        self.assertEqual(recall.line_ids.filtered("is_start").lot_id, twin)
