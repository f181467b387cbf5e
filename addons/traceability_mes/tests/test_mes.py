from datetime import datetime

from odoo.addons.mes_bridge.tests.common import CODES, MesCase

MOMENT = "2026-01-05T08:00:00Z"


class TestMes(MesCase):
    """The genealogy follows the shop floor report by report, not when an order closes."""

    def setUp(self):
        super().setUp()
        self.order = self.make_order()
        self.reports = self.day(self.order, "F-1")

    def post(self, *numbers, **envelope):
        for number in numbers:
            delivery = self.report(*self.reports[number], **envelope)
            self.assertEqual(delivery.state, "done", delivery.last_error)

    def edges(self):
        return {
            (edge.input_lot_id.name, edge.output_lot_id.name, edge.quantity)
            for edge in self.env["traceability.edge"].search(
                [("production_id", "=", self.order.production_id.id)]
            )
        }

    def test_a_consumption_is_there_before_anything_is_made_of_it(self):
        self.post(0, 1)
        self.assertEqual(self.edges(), {("A", False, 12.5)})

    def test_edges_are_there_while_the_order_is_open(self):
        self.post(0, 1, 4)
        self.assertNotEqual(self.order.production_id.state, "done")
        self.assertEqual(self.edges(), {("A", "F-1", 12.5)})
        self.post(2)
        self.assertEqual(self.edges(), {("A", "F-1", 12.5), ("B", "F-1", 8.0)})
        found = self.env["traceability.edge"].closure(self.lots["A"])
        made = self.order.production_id.move_finished_ids.move_line_ids.lot_id
        self.assertLessEqual(set(made.ids), set(found.lot_ids))

    def test_a_corrected_report_corrects_its_edges(self):
        self.post(0, 1, 4)
        move = self.order.event_ids.filtered(lambda e: e.kind == "consumed").move_ids
        move.mes_event_id._correct_posted(10)
        self.assertEqual(self.edges(), {("A", "F-1", 10.0)})

    def test_it_happened_when_the_report_says(self):
        self.post(0, 1, 4, occurred_at=MOMENT)
        moment = datetime(2026, 1, 5, 8)
        lots = self.lots["A"] | self.order.production_id.move_finished_ids.lot_ids
        edges = self.env["traceability.edge"].search(
            [("production_id", "=", self.order.production_id.id)]
        )
        self.assertEqual(edges.mapped("occurred_at"), [moment])
        events = self.env["traceability.lot.event"].search([("lot_id", "in", lots.ids)])
        self.assertEqual(set(events.mapped("occurred_at")), {moment})

    def test_scrap_happened_when_the_report_says(self):
        self.grant("production.scrapped")
        self.post(0, 1)
        payload = {"order": self.order.name, "lot": "F-1", "quantity": 1, "unit": "EA"}
        self.report("production.scrapped", payload, "scrap", occurred_at=MOMENT)
        events = self.env["traceability.lot.event"].search(
            [("lot_id.name", "=", "F-1"), ("product_id", "=", self.finished.id)]
        )
        self.assertIn("scrap", events.mapped("kind"))
        self.assertEqual(events[0].occurred_at, datetime(2026, 1, 5, 8))

    def test_what_posting_and_closing_stamp_writes_no_genealogy_anew(self):
        """Once a report; else each of an order's reports is paid for by all others."""
        written = []
        Production = type(self.env["mrp.production"])
        original = Production._write_genealogy
        self.patch(
            Production,
            "_write_genealogy",
            lambda orders: written.append(orders) or original(orders),
        )
        self.post(0, 1, 2, 4, 5, occurred_at=MOMENT)
        self.assertEqual(len(written), 4)
        self.post(6)
        self.assertEqual(self.order.production_id.state, "done")
        self.assertEqual(len(written), 4)

    def test_many_reports_of_one_lot_are_one_step(self):
        """Else each report writes as many edges as there were reports before it."""
        common = {"order": self.order.name, "unit": "EA"}
        for number in range(3):
            used = common | {"item": "M-RAW", "lot": "A", "quantity": 1 + number}
            made = common | {"lot": "F-1", "quantity": 1}
            self.reports += [
                (CODES[1], used, f"used-{number}"),
                (CODES[2], made, f"made-{number}"),
            ]
        self.post(*range(7, 13))
        edges = self.env["traceability.edge"].search(
            [("production_id", "=", self.order.production_id.id)]
        )
        self.assertEqual((len(edges), edges.quantity), (1, 6))

    def test_closing_changes_nothing_of_it(self):
        self.post(0, 1, 2, 3, 4, 5)
        before = self.edges()
        self.post(6)
        self.assertEqual(self.order.production_id.state, "done")
        self.assertEqual(self.edges(), before)

    def test_the_lot_it_went_into_is_exact_where_the_report_says_so(self):
        (_c, first, _i), (_c2, second, _i2) = self.reports[1], self.reports[2]
        first["output_lot"], second["output_lot"] = "F-1", "F-2"
        self.reports[5][1]["lot"] = "F-2"
        self.post(0, 1, 2, 4, 5)
        self.assertEqual(self.edges(), {("A", "F-1", 12.5), ("B", "F-2", 8.0)})
        edges = self.env["traceability.edge"].search(
            [("production_id", "=", self.order.production_id.id)]
        )
        self.assertEqual(set(edges.mapped("confidence")), {"exact"})
