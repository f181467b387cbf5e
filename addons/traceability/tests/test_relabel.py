from odoo.exceptions import UserError
from odoo.tests import tagged

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
