from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.lot_disposition.exceptions import LotOnHoldError

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestRelabel(TraceCase):
    """Splitting, merging and renumbering lots keeps their history together."""

    def setUp(self):
        super().setUp()
        self.Relabel = self.env["traceability.relabel"]
        self.first, self.second = self.stocked("R1", 10), self.stocked("R2", 6)

    def on_hand(self, name):
        lot = self.env["stock.lot"].search(
            [("name", "=", name), ("product_id", "=", self.raw.id)]
        )
        return lot.product_qty

    def test_what_was_relabelled_stays_on_record(self):
        user = new_test_user(self.env, "stock-user", "stock.group_stock_user")
        relabel = self.Relabel.split(self.first, self.stock, {"R1-A": 3}, "Cut")
        relabel = relabel.with_user(user)
        for refused in (
            lambda: relabel.write({"state": "draft"}),
            lambda: relabel.write({"reason": "Another"}),
            lambda: relabel.line_ids.write({"quantity": 1}),
            relabel.line_ids.unlink,
            relabel.line_ids[0].copy,
            lambda: relabel.move_ids.write({"relabel_id": False}),
            lambda: relabel.move_ids[0].copy({"relabel_id": relabel.id}),
            lambda: relabel.create({**relabel.copy_data()[0], "state": "done"}),
            relabel.unlink,
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                refused()
        draft = relabel.copy({"reason": "Once more"})
        draft.line_ids[0].quantity = draft.line_ids[1].quantity = 2
        draft.action_done()
        self.assertEqual(self.on_hand("R1-A"), 5)

    def test_split(self):
        relabel = self.Relabel.split(
            self.first, self.stock, {"R1-A": 3, "R1-B": 1}, "Two sides of the coil"
        )
        self.assertEqual(
            self.links(res_model=relabel._name, res_id=relabel.id),
            {("R1", "R1-A"): (3, "allocated"), ("R1", "R1-B"): (1, "allocated")},
        )
        self.assertEqual([self.on_hand(n) for n in ("R1", "R1-A", "R1-B")], [6, 3, 1])
        self.assertEqual(self.forward(self.first), {"R1", "R1-A", "R1-B"})

    def test_merge_and_relabel(self):
        relabel = self.Relabel.merge(
            self.first | self.second, self.stock, "M1", "One tank"
        )
        self.assertEqual(
            self.links(res_model=relabel._name, res_id=relabel.id),
            {("R1", "M1"): (10, "exact"), ("R2", "M1"): (6, "exact")},
        )
        balance = self.first.get_mass_balance()[str(self.first.id)]
        self.assertEqual((balance["consumed"], balance["gap"]), (10, 0))

    def test_both_sides_are_the_same(self):
        with self.assertRaisesRegex(UserError, "both sides must be"):
            self.Relabel._relabel(self.raw, self.stock, {"R1": 3}, {"X": 4}, "Typo")

    def test_no_more_than_there_is(self):
        with self.assertRaisesRegex(UserError, "There are 10 .* and 12 were"):
            self.Relabel.split(self.first, self.stock, {"R1-A": 12}, "Too much")
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        with self.assertRaisesRegex(UserError, "There are 0"):
            self.Relabel.split(self.first, shelf, {"R1-A": 1}, "Not here")

    def test_what_lay_in_a_package_still_does(self):
        box = self.env["stock.package"].create({"name": "BOX-1"})
        owner = self.env["res.partner"].create({"name": "Owner"})
        Quant = self.env["stock.quant"]
        lot = self.lot("R3")
        for quantity, values in ((4, {"package_id": box}), (2, {"owner_id": owner})):
            Quant._update_available_quantity(
                self.raw, self.stock, quantity, lot_id=lot, **values
            )
        self.Relabel.split(lot, self.stock, {"A": 3, "B": 3}, "Two sides")
        self.assertEqual(lot.product_qty, 0)
        found = {
            (q.lot_id.name, q.package_id.name, q.owner_id.name): q.quantity
            for q in Quant.search([("location_id", "=", self.stock.id)])
            if q.lot_id.name in ("A", "B")
        }
        self.assertEqual(
            found,
            {
                ("A", "BOX-1", False): 3,
                ("B", "BOX-1", False): 1,
                ("B", False, "Owner"): 2,
            },
        )

    def test_a_held_lot_keeps_its_number(self):
        self.first._set_disposition("quarantined", "Rust")
        with self.assertRaises(LotOnHoldError):
            self.Relabel.split(self.first, self.stock, {"R1-A": 3}, "Slip away")

    def test_a_part_that_quality_split_off_stays_in_the_genealogy(self):
        child = self.first._split_for_disposition(4, "quarantined", "Rust on one side")
        self.assertEqual(
            self.links(kind="relabel"), {("R1", child.name): (4, "exact")}
        )
        self.assertEqual(self.forward(self.first), {"R1", child.name})
        self.env.cr.execute("DELETE FROM traceability_edge WHERE kind = 'relabel'")
        self.env.invalidate_all()
        check = self.env["traceability.check"]._start(is_full=True)
        while check.state == "running":
            check._work_off_portion()
        self.assertEqual(self.forward(self.first), {"R1", child.name})
