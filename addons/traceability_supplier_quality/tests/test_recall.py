from odoo.tests import new_test_user

from odoo.addons.traceability.tests.common import TraceCase


class TestRecall(TraceCase):
    """Containing opens the nonconformance; each leads to the other."""

    def setUp(self):
        super().setUp()
        self.raw_lot, self.output = self.lot("R1"), self.lot("F1", self.finished)
        self.receipt = self.receive_lot(self.raw_lot, 30)
        self.produce({self.raw_lot: 20}, self.output, 10)

    def contain(self, **values):
        inspector = new_test_user(
            self.env, "inspector", "lot_disposition.lot_disposition_group_inspector"
        )
        Recall = self.env["traceability.recall"].with_user(inspector)
        recall = Recall.create(
            {"lot_id": self.raw_lot.id, "reason": "Wrong alloy", **values}
        )
        recall.action_run()
        self.assertFalse(recall.nonconformance_count)
        recall.action_contain()
        return recall

    def test_a_nonconformance_is_about_the_suspect_lot(self):
        recall = self.contain()
        one = recall.nonconformance_ids
        self.assertEqual(
            (one.lot_id, one.product_id, one.partner_id, one.picking_id),
            (self.raw_lot, self.raw, self.supplier, self.receipt),
        )
        self.assertEqual((one.state, one.quantity), ("contained", 10))
        self.assertEqual(one.contained_lot_ids, self.raw_lot)
        self.assertIn("Wrong alloy", one.description)

    def test_one_leads_to_the_other(self):
        recall = self.contain()
        action = recall.action_open_nonconformances()
        self.assertEqual(action["res_id"], recall.nonconformance_ids.id)
        action = recall.nonconformance_ids.action_open_recall()
        self.assertEqual(action["res_id"], recall.id)

    def test_containing_again_opens_none_anew(self):
        recall = self.contain()
        recall.action_contain()
        self.assertEqual(recall.nonconformance_count, 1)

    def test_many_suspect_lots_of_a_product_are_one(self):
        lots = self.env["stock.lot"].concat(
            *(self.stocked(f"X{number}", 1) for number in range(11))
        )
        recall = self.contain(
            scope="serials", serials=",".join([*lots.mapped("name"), "F1"])
        )
        many = recall.nonconformance_ids.filtered(lambda one: not one.lot_id)
        self.assertEqual((many.product_id, many.quantity), (self.raw, 11))
        self.assertEqual(many.contained_lot_ids, lots)
        self.assertEqual((recall.nonconformance_ids - many).lot_id, self.output)
