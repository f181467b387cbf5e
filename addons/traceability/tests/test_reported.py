from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestReported(TraceCase):
    """Links that other systems report join the same graph."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("genealogy.reported")
        cls.map("item", "ALLOY", cls.raw)
        cls.map("item", "PART", cls.finished)
        cls.map("unit", "EA", cls.raw.uom_id)

    def report(self, *links, **payload):
        return self.receive("genealogy.reported", {"links": list(links), **payload})

    def link(self, source, target, **values):
        return {"input": source, "output": target, **values}

    def test_unknown_lots_stand_as_external_nodes_and_a_walk_passes_them(self):
        raw, output = self.stocked("R1", 10), self.lot("F1", self.finished)
        self.receive_lot(output, 5)
        message = self.report(
            self.link(
                {"item": "ALLOY", "lot": "R1"},
                {"item": "CAST", "lot": "C-77"},
                quantity=4,
                unit="EA",
            ),
            self.link({"item": "CAST", "lot": "C-77"}, {"container": "SSCC-1"}),
            self.link({"container": "SSCC-1"}, {"item": "PART", "lot": "F1"}),
        )
        self.assertEqual(message.delivery_ids.state, "done")
        self.assertEqual(
            message.delivery_ids.result["data"]["unknown"], ["C-77", "SSCC-1"]
        )
        self.assertEqual(self.forward(raw), {"R1", "F1"})
        recall = self.env["traceability.recall"].create({"lot_id": raw.id})
        recall.action_run()
        self.assertEqual(
            recall.line_ids.mapped("path")[-1], "R1 → CAST (C-77) → SSCC-1 → F1"
        )
        edge = self.edges(kind="reported", input_lot_id=raw.id)
        self.assertEqual((edge.quantity, edge.uom_id), (4, self.raw.uom_id))

    def test_a_lot_that_comes_later_takes_the_place_of_its_node(self):
        raw = self.stocked("R1", 10)
        self.report(
            self.link({"item": "ALLOY", "lot": "R1"}, {"item": "PART", "lot": "F9"}),
            self.link({"item": "PART", "lot": "F9"}, {"item": "X", "lot": "X1"}),
        )
        other = self.env["res.company"].create({"name": "Other"})
        self.env["stock.lot"].create(
            {"name": "F9", "product_id": self.finished.id, "company_id": other.id}
        )
        self.assertEqual(self.forward(raw), {"R1"})
        output = self.env["stock.lot"].create(
            {
                "name": "F9",
                "product_id": self.finished.id,
                "company_id": self.env.company.id,
            }
        )
        self.receive_lot(output, 5)
        self.ship(output, 2)
        recall = self.env["traceability.recall"].create({"lot_id": raw.id})
        recall.action_run()
        self.assertEqual(recall.line_ids.mapped("path")[-1], "R1 → F9 → X (X1)")
        self.assertEqual(recall.customer_ids.quantity, 2)
        self.assertEqual(recall.lot_count, 3)
        serials = {"scope": "serials", "serials": "F9"}
        recall = self.env["traceability.recall"].create(serials)
        self.assertEqual(recall._find_starts()[0], output)
        self.assertFalse(recall._find_starts()[1])

    def test_detail_of_an_order_becomes_exact_when_its_lot_comes(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        order = self.order(self.finished, 2)
        self.report(
            self.link(
                {"item": "ALLOY", "lot": "R1"},
                {"item": "PART", "lot": "F1"},
                quantity=2,
                unit="EA",
            ),
            order=order.name,
        )
        made = {self.lot("F1", self.finished): 1, self.lot("F2", self.finished): 1}
        self.finish(order, {first: 2, second: 2}, made)
        self.assertEqual(
            self.links(production_id=order.id),
            {("R1", "F1"): (2, "exact"), ("R2", "F2"): (2, "allocated")},
        )
        self.assertFalse(self.edges(kind="reported"))

    def test_an_sscc_is_one_container_whoever_names_it(self):
        raw, output = self.stocked("R1", 10), self.stocked("F1", 5, self.finished)
        other = self.system.copy({"name": "WMS", "code": "wms"})
        node = self.env["traceability.node"]._get_container(
            other, self.env.company, "(00)140123452345678902"
        )
        self.report(
            self.link(
                {"item": "ALLOY", "lot": "R1"}, {"container": "140123452345678902"}
            ),
            self.link(
                {"container": "urn:epc:id:sscc:4012345.1234567890"},
                {"item": "PART", "lot": "F1"},
            ),
        )
        self.assertEqual(self.edges(output_node_id=node.id).input_lot_id, raw)
        self.assertEqual(self.forward(raw), {"R1", "F1"})
        recall = self.env["traceability.recall"].create(
            {"scope": "serials", "serials": "140123452345678902"}
        )
        self.assertEqual(recall._find_starts()[1], node)
        self.assertTrue(output)

    def test_the_same_reference_again_is_the_same_link(self):
        self.stocked("R1", 10)
        link = self.link(
            {"item": "ALLOY", "lot": "R1"}, {"item": "X", "lot": "X1"}, reference="L-1"
        )
        for _turn in range(2):
            self.report(link)
        self.assertEqual(
            self.env["traceability.link"].search_count([("name", "=", "L-1")]), 1
        )
        self.assertEqual(len(self.edges(kind="reported")), 1)

    def test_detail_of_an_order_makes_its_shares_exact(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        order = self.order(self.finished, 2)
        made = {self.lot("F1", self.finished): 1, self.lot("F2", self.finished): 1}
        self.finish(order, {first: 2, second: 2}, made)
        self.report(
            self.link(
                {"item": "ALLOY", "lot": "R1"},
                {"item": "PART", "lot": "F1"},
                quantity=2,
                unit="EA",
            ),
            order=order.name,
        )
        self.assertEqual(
            self.links(production_id=order.id),
            {("R1", "F1"): (2, "exact"), ("R2", "F2"): (2, "allocated")},
        )

    def test_what_is_reported_again_counts_once(self):
        first, second = self.stocked("R1", 10), self.stocked("R2", 10)
        order = self.order(self.finished, 2)
        made = {self.lot("F1", self.finished): 1, self.lot("F2", self.finished): 1}
        self.finish(order, {first: 2, second: 2}, made)
        link = {"component_lot": "R1", "lot": "F1", "quantity": 1}
        for _turn in range(2):
            order.report_genealogy([link])
        links = self.env["traceability.link"].search([("production_id", "=", order.id)])
        self.assertEqual(links.mapped("quantity"), [1])
        self.assertEqual(
            self.edges(production_id=order.id, confidence="exact").quantity, 1
        )
        order.report_genealogy([dict(link, quantity=2)])
        self.assertEqual(
            self.links(production_id=order.id)["R1", "F1"], (2, "exact")
        )

    def test_an_unknown_order_waits_for_a_person(self):
        message = self.report(
            self.link({"item": "ALLOY", "lot": "R1"}, {"item": "PART", "lot": "F1"}),
            order="WH/MO/NONE",
        )
        delivery = message.delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertEqual(
            delivery.exception_id.kind_id.code, "traceability.unknown_order"
        )
