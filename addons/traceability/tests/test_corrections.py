from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestCorrections(TraceCase):
    """What is put right later, and what several companies have of the same name."""

    def ask(self, lot):
        recall = self.env["traceability.recall"].create({"lot_id": lot.id})
        recall.action_run()
        return recall

    def two_companies(self):
        """Return another plant; the user looks at both companies."""
        plant = self.env["res.company"].create({"name": "Other plant"})
        self.env.user.company_ids |= plant
        both = [self.env.company.id, plant.id]
        self.env = self.env(context=dict(self.env.context, allowed_company_ids=both))
        return plant

    def test_a_transfer_that_named_the_wrong_customer_is_put_right(self):
        lot = self.stocked("R1", 10)
        delivery = self.ship(lot, 4)
        right = self.env["res.partner"].create({"name": "Right"})
        delivery.partner_id = right
        self.assertEqual(self.ask(lot).customer_ids.partner_id, right)
        told = self.env["traceability.lot.event"].search([("lot_id", "=", lot.id)])[0]
        self.assertEqual((told.kind, told.partner_id), ("correction", right))
        check = self.env["traceability.check"]._start(is_full=True)
        while check.state == "running":
            check._work_off_portion()
        self.assertFalse(check.damage)

    def test_contacts_of_the_ledger_take_others_in_only(self):
        lot = self.stocked("R1", 10)
        self.ship(lot, 4)
        double = self.env["res.partner"].create({"name": "Acme Ltd"})
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRaisesRegex(UserError, "Acme stands in the lot ledger"):
            merge._merge((self.customer | double).ids, double)
        merge._merge((self.customer | double).ids, self.customer)
        self.assertFalse(double.exists())
        self.assertEqual(self.ask(lot).customer_ids.partner_id, self.customer)

    def test_more_taken_than_was_there_shows_where(self):
        lot = self.stocked("R1", 10)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        self.transfer(lot, 3, shelf, self.customers, self.customer, "out")
        recall = self.ask(lot)
        there = {row.location_id: row.quantity for row in recall.stock_ids}
        self.assertEqual(there, {self.stock: 10, shelf: -3})
        self.assertEqual(sum(there.values()), recall.balance_ids.on_hand)

    def test_a_lot_of_the_same_name_in_another_company_is_another(self):
        plant = self.two_companies()
        lots = self.env["stock.lot"].create(
            [
                {"name": "R1", "product_id": self.raw.id, "company_id": company.id}
                for company in (self.env.company, plant)
            ]
        )
        self.receive_lot(lots[0], 10)
        order = self.produce({lots[0]: 4}, self.lot("F1", self.finished), 2)
        order.report_genealogy([{"component_lot": "R1", "lot": "F1", "quantity": 4}])
        link = self.env["traceability.link"].search([("production_id", "=", order.id)])
        self.assertEqual(link.input_lot_id, lots[0])

    def test_lots_are_split_where_they_are(self):
        plant = self.two_companies()
        place = self.env["stock.warehouse"].search(
            [("company_id", "=", plant.id)], limit=1
        ).lot_stock_id
        lot = self.lot("R1")
        self.env["stock.quant"]._update_available_quantity(
            self.raw, place, 3, lot_id=lot
        )
        relabel = self.env["traceability.relabel"].split(lot, place, {"R2": 1}, "Test")
        self.assertEqual((relabel.company_id, relabel.state), (plant, "done"))
        self.assertEqual(self.forward(lot), {"R1", "R2"})
