from odoo.tests import tagged

from .common import EpcisCase

GTIN = "4012345123456"
SSCC = "urn:epc:id:sscc:4012345.1234567890"


def lot_uri(number, gtin=GTIN):
    return f"https://id.gs1.org/01/0{gtin}/10/{number}"


@tagged("post_install", "-at_install")
class TestEpcisGenealogy(EpcisCase):
    """What others captured joins the graph of our own lots."""

    def setUp(self):
        super().setUp()
        self.raw.barcode = GTIN
        self.ours = self.lot("R1")

    def transformation(self, number=1, inputs=("M-1",), outputs=("R1",), **members):
        event = self.event(number, type="TransformationEvent", **members)
        del event["action"], event["epcList"], event["bizStep"]
        event["inputQuantityList"] = [
            {"epcClass": lot_uri(name), "quantity": 10, "uom": "KGM"} for name in inputs
        ]
        event["outputQuantityList"] = [
            {"epcClass": lot_uri(name), "quantity": 4 + 2 * place}
            for place, name in enumerate(outputs)
        ]
        return event

    def packed(self, number=5, **members):
        event = self.event(
            number,
            type="AggregationEvent",
            parentID=SSCC,
            childQuantityList=[{"epcClass": lot_uri("R1"), "quantity": 3}],
            **{"action": "ADD", "bizStep": "packing", **members},
        )
        del event["epcList"]
        return event

    def edges(self):
        edges = self.env["traceability.edge"].search(
            [("res_model", "=", "traceability.epcis.event")], order="id"
        )
        return [
            (
                edge.input_lot_id.name or edge.input_node_id.name,
                edge.output_lot_id.name or edge.output_node_id.name,
                edge.quantity,
                edge.confidence,
            )
            for edge in edges
        ]

    def names(self, lot, direction):
        found = self.env["traceability.edge"].closure(lot, direction)
        nodes = self.env["traceability.node"].browse(found.node_ids)
        lots = self.env["stock.lot"].browse(found.lot_ids)
        return {*nodes.mapped("name"), *lots.mapped("name")}

    def test_what_our_lot_was_made_of_elsewhere_and_what_it_was_packed_into(self):
        self.capture(self.transformation(), self.packed())
        self.assertEqual(self.names(self.ours, "backward"), {"M-1", "R1"})
        container = "https://id.gs1.org/00/140123452345678902"
        self.assertEqual(self.names(self.ours, "forward"), {"R1", container})
        node = self.env["traceability.node"].search([("name", "=", "M-1")])
        self.assertEqual((node.kind, node.company_id), ("external", self.env.company))

    def test_same_event_again_adds_nothing(self):
        self.capture(self.transformation())
        before = self.edges()
        self.assertEqual(len(before), 1)
        self.capture(self.transformation(), self.transformation(2))
        self.assertEqual(self.edges(), before * 2)

    def test_shares_over_several_outputs_are_allocated(self):
        self.capture(self.transformation(outputs=("R1", "R9")))
        self.assertEqual(
            self.edges(),
            [("M-1", "R1", 4.0, "allocated"), ("M-1", "R9", 6.0, "allocated")],
        )

    def test_thousands_in_and_out_are_told_through_the_transformation(self):
        event = self.transformation(
            inputs=[f"M-{n}" for n in range(101)], outputs=[f"F-{n}" for n in range(100)]
        )
        self.capture(event)
        self.assertEqual(len(self.edges()), 201)
        node = self.env["traceability.node"].search([("name", "=", event["eventID"])])
        edges = self.env["traceability.edge"].search([("input_node_id", "=", node.id)])
        self.assertEqual(len(edges), 100)

    def test_events_of_one_transformation_are_one(self):
        first, second = self.transformation(1), self.transformation(2)
        del first["outputQuantityList"], second["inputQuantityList"]
        for event in (first, second):
            event["transformationID"] = "urn:epc:id:gdti:4012345.55555.7"
        self.capture(second)
        self.assertEqual(self.edges(), [])
        self.capture(first)
        self.assertEqual(self.edges(), [("M-1", "R1", 10.0, "exact")])
        self.capture(dict(first, errorDeclaration=self.declaration()))
        self.assertEqual(self.edges(), [])

    def declaration(self):
        return {
            "declarationTime": "2026-03-02T00:00:00Z",
            "reason": "incorrect_data",
        }

    def test_an_error_declaration_withdraws_the_edge_also_when_it_comes_first(self):
        wrong = self.transformation(3)
        declared = dict(wrong, errorDeclaration=self.declaration())
        self.capture(wrong, self.packed())
        self.assertEqual(len(self.edges()), 2)
        self.capture(declared)
        self.assertEqual([row[0] for row in self.edges()], ["R1"])
        self.capture(
            dict(declared, eventID="urn:uuid:" + "1" * 8 + "-0000" * 3 + "-" + "1" * 12)
        )
        self.capture(
            dict(wrong, eventID="urn:uuid:" + "1" * 8 + "-0000" * 3 + "-" + "1" * 12)
        )
        self.assertEqual([row[0] for row in self.edges()], ["R1"])

    def test_a_lot_that_comes_later_takes_the_place_of_its_node(self):
        self.capture(self.transformation(inputs=("R1",), outputs=("R7",)))
        later = self.lot("R7")
        self.assertEqual(self.names(later, "backward"), {"R1", "R7"})
        found = self.env["traceability.edge"].closure(self.ours)
        self.assertEqual(found.lot_ids, [self.ours.id, later.id])

    def test_taking_out_and_classes_without_a_lot_join_nothing(self):
        event = self.transformation()
        event["inputQuantityList"][0]["epcClass"] = f"https://id.gs1.org/01/0{GTIN}"
        self.capture(event, self.packed(action="DELETE"))
        self.assertEqual(self.edges(), [])

    def test_product_of_another_company_is_not_meant(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["product.product"].create(
            {"name": "Theirs", "barcode": "4012345678901", "company_id": other.id}
        )
        event = self.transformation(inputs=("M-1", "M-2"))
        event["inputQuantityList"][1]["epcClass"] = lot_uri("M-2", "4012345678901")
        self.capture(event)
        nodes = self.env["traceability.node"].search([("name", "in", ("M-1", "M-2"))])
        self.assertEqual(len(nodes), 2)
        self.assertEqual(nodes.product_id, self.raw)

    def test_another_company_has_a_graph_of_its_own(self):
        self.capture(self.transformation())
        other = self.env["res.company"].create({"name": "Other"})
        self.system.company_id = other
        self.capture(self.transformation(), self.transformation(4, outputs=("M-1",)))
        edges = self.env["traceability.edge"].search(
            [("res_model", "=", "traceability.epcis.event")]
        )
        self.assertEqual(len(edges.filtered(lambda e: e.company_id == other)), 1)
        nodes = self.env["traceability.node"].search([("name", "=", "M-1")])
        self.assertEqual(nodes.company_id, self.env.company | other)
