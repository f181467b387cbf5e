from urllib.parse import quote

from odoo.tests import tagged

from ..lib.namespaces import Namespaces
from ..lib.terms import find_terms
from .common import EpcisCase


@tagged("post_install", "-at_install")
class TestOwnContext(EpcisCase):
    """Where and why: what our own events say is what they are found by."""

    def setUp(self):
        super().setUp()
        self.raw_lot = self.lot("R1")
        self.output = self.lot("F1", self.finished)
        self.receipt = self.receive_lot(self.raw_lot, 30)
        self.order = self.produce({self.raw_lot: 20}, self.output, 10)
        self.delivery = self.ship(self.output, 6)

    def rows(self):
        return self.env["traceability.lot.event"].search(
            [("lot_id", "in", (self.raw_lot | self.output).ids)], order="id"
        )

    def event(self, kind):
        (row,) = self.rows().filtered(lambda row: row.kind == kind)
        (event,) = row._build_epcis_events()
        return event

    def place(self, location):
        style = self.env.company._get_epcis_style()
        return {"id": style.own("location", location.complete_name)}

    def documents(self, kind):
        """Return ``{type: number}`` of an event's documents."""
        style = self.env.company._get_epcis_style()
        return {
            entry.get("type"): style.read_own(entry["bizTransaction"], "document")[0]
            for entry in self.event(kind).get("bizTransactionList", ())
        }

    def live_on(self):
        """Let the lots be moved, counted, held, scrapped, renamed and corrected."""
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id, "usage": "internal"}
        )
        self.transfer(
            self.output, 1, self.stock, shelf, self.env["res.partner"], "int"
        )
        self.take_back(self.output, 2)
        self.raw_lot._set_disposition("quarantined", "Rust")
        self.raw_lot._set_disposition("released", "No rust")
        self.env["stock.scrap"].create(
            {"product_id": self.raw.id, "lot_id": self.raw_lot.id, "scrap_qty": 1}
        ).action_validate()
        quant = self.raw_lot.quant_ids.filtered(lambda q: q.location_id == self.stock)
        quant.inventory_quantity = quant.quantity - 1
        quant.action_apply_inventory()
        self.delivery.move_line_ids.quantity = 5
        self.receipt.move_line_ids.quantity = 31
        return shelf

    def test_the_place_afterwards_is_the_destination_while_it_is_ours(self):
        shelf = self.live_on()
        for kind, place in {
            "receipt": self.stock,
            "production": self.stock,
            "transfer": shelf,
            "customer_return": self.stock,
            "release": self.stock,
        }.items():
            with self.subTest(kind=kind):
                self.assertEqual(self.event(kind)["bizLocation"], self.place(place))
        self.assertEqual(self.event("transfer")["readPoint"], self.place(self.stock))
        for kind in ("shipment", "scrap", "consumption", "adjustment"):
            with self.subTest(kind=kind):
                self.assertNotIn("bizLocation", self.event(kind))

    def test_documents_have_the_type_that_they_are_of(self):
        self.raw_lot.name = "R1-NEW"
        for kind, expected in {
            "receipt": {"recadv": self.receipt.name},
            "production": {"prodorder": self.order.name},
            "consumption": {"prodorder": self.order.name},
            "shipment": {"desadv": self.delivery.name},
            "rename": {},
        }.items():
            with self.subTest(kind=kind):
                self.assertEqual(self.documents(kind), expected)

    def test_each_event_is_found_by_what_it_says_and_by_nothing_else(self):
        self.live_on()
        rows = self.rows()
        self.assertGreaterEqual(len(set(rows.mapped("kind"))), 10)
        names = Namespaces()
        said = {
            row: set(find_terms(event, names))
            for row, event in zip(rows, rows._build_epcis_events(), strict=True)
        }
        for term in set.union(*said.values()):
            name, _, value = term.partition("=")
            if name in ("quantity", "errorDeclarationTime"):
                continue  # compared as numbers, not as terms
            with self.subTest(term=term):
                domain = rows._get_term_domain(name, value)
                found = rows.search([("id", "in", rows.ids), *domain])
                expected = {row for row in rows if term in said[row]}
                self.assertEqual(set(found), expected)

    def test_places_are_asked_for_with_what_is_below_them(self):
        shelf = self.live_on()
        mine = f"MATCH_anyEPCClass={quote(self.output._get_epcis_uri())}"
        below = quote(self.place(self.warehouse.view_location_id)["id"])
        on_shelf = quote(self.place(shelf)["id"])
        self.assertEqual(len(self.query(f"EQ_bizLocation={on_shelf}&{mine}")), 1)
        self.assertEqual(self.query(f"EQ_bizLocation={below}&{mine}"), [])
        steps = {
            event["bizStep"] for event in self.query(f"WD_bizLocation={below}&{mine}")
        }
        self.assertEqual(steps, {"commissioning", "storing", "receiving"})
        places = self.call("/bizLocations?perPage=1000").json()["member"]
        self.assertIn(self.place(shelf)["id"], places)
        self.assertNotIn(self.place(self.customers)["id"], places)
