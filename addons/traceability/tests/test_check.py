from odoo.tests import tagged

from ..models import traceability_check
from .common import TraceCase


@tagged("post_install", "-at_install")
class TestCheck(TraceCase):
    """The genealogy can be written anew from the stock moves, and is mended."""

    def setUp(self):
        super().setUp()
        self.dough, self.bread = self.product("DOUGH", "none"), self.product("BREAD")
        self.recipe(self.dough, {self.raw: 1})
        self.recipe(self.bread, {self.dough: 1})
        self.raw_lot, self.loaf = self.stocked("R1", 30), self.lot("L1", self.bread)
        self.output = self.lot("F1", self.finished)
        self.produce({self.raw_lot: 20}, self.output, 10)
        self.finish(self.order(self.dough, 5), {self.raw_lot: 5}, {self.dough: 5})
        self.finish(self.order(self.bread, 3), {self.dough: 3}, {self.loaf: 3})
        self.ship(self.output, 6)

    def snapshot(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT kind, input_lot_id, output_lot_id, partner_id, move_id,"
            " move_line_id, round(quantity::numeric, 6), confidence, reference"
            " FROM traceability_edge ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
        )
        return self.env.cr.fetchall()

    def run_check(self, **values):
        check = self.env["traceability.check"]._start(is_full=True)
        while check.state == "running":
            check._work_off_portion()
        return check

    def test_a_backfill_writes_the_same_genealogy(self):
        self.run_check()  # what the demo data had before
        before = self.snapshot()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM traceability_edge")
        self.env.cr.execute("DELETE FROM traceability_draw")
        self.env.cr.execute("DELETE FROM traceability_node")
        self.env.invalidate_all()
        check = self.run_check()
        self.assertEqual(self.snapshot(), before)
        self.assertGreater(check.missing_count, 0)
        self.assertEqual(self.forward(self.raw_lot), {"R1", "F1", "L1"})

    def test_it_goes_on_where_it_stopped(self):
        self.patch(traceability_check, "BATCH", 2)
        check = self.env["traceability.check"]._start(is_full=True)
        seen = []
        for _portion in range(3):
            check._work_off_portion()
            seen.append(check.progress)
        self.assertEqual(seen, sorted(set(seen)))
        self.assertEqual((check.state, check.line_count), ("running", 6))

    def test_what_was_tampered_with_is_mended_and_counted(self):
        self.run_check()
        before = self.snapshot()
        self.env.cr.execute(
            "UPDATE traceability_edge SET quantity = 1 WHERE kind = 'shipment'"
            " AND input_lot_id = %s",
            (self.output.id,),
        )
        self.env.cr.execute(
            "DELETE FROM traceability_edge WHERE kind = 'receipt' AND output_lot_id = %s",
            (self.raw_lot.id,),
        )
        self.env.cr.execute(
            "DELETE FROM traceability_edge WHERE kind = 'production'"
            " AND output_lot_id = %s",
            (self.output.id,),
        )
        self.env.invalidate_all()
        check = self.run_check()
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(
            (check.missing_count, check.stale_count, check.source_count), (2, 1, 1)
        )
        again = self.run_check()
        self.assertEqual(
            (again.missing_count, again.stale_count, again.source_count), (0, 0, 0)
        )

    def test_the_nightly_one_looks_at_what_was_written_since(self):
        full = self.run_check()
        nightly = self.env["traceability.check"]._start()
        self.assertEqual((nightly.is_full, nightly.since), (False, full.started_at))

    def damage(self, statement):
        self.env.flush_all()
        self.env.cr.execute(statement)
        self.env.invalidate_all()
        later = self.env["traceability.check"]._start()
        later.since = "2100-01-01"
        while later.state == "running":
            later._work_off_portion()
        return later

    def test_damage_to_old_edges_is_found_mended_and_told(self):
        self.run_check()
        before = self.snapshot()
        order = self.env["mrp.production"].search(
            [("lot_producing_ids", "in", self.output.ids)]
        )
        edge, columns = "traceability_edge", "kind, occurred_at, company_id, confidence"
        lot, output, loaf = self.raw_lot.id, self.output.id, self.loaf.id
        shipped = f"{edge} WHERE kind = 'shipment'"
        order_of = f"WHERE production_id = {order.id}"
        for what, statement in (
            ("missing", f"DELETE FROM {shipped} AND input_lot_id = {output}"),
            (
                "changed",
                f"UPDATE {edge} SET quantity = 1 WHERE kind = 'receipt'"
                f" AND output_lot_id = {lot}",
            ),
            ("shares", f"UPDATE {edge} SET quantity = 1 {order_of}"),
            (
                "shares",
                f"UPDATE {edge} SET output_lot_id = {loaf}, output_vertex = {loaf}"
                f" {order_of}",
            ),
            ("shares", f"DELETE FROM {edge} {order_of}"),
            (
                "invented",
                f"INSERT INTO {edge} ({columns}, input_lot_id, input_vertex)"
                f" SELECT {columns}, {loaf}, {loaf} FROM {shipped} LIMIT 1",
            ),
        ):
            with self.subTest(what=what, statement=statement):
                check = self.damage(statement)
                self.assertEqual(check.damage_count, 1, check.damage)
                self.assertIn(what, check.damage)
                self.assertEqual(self.snapshot(), before)
        exception = self.env["integration.exception"].search(
            [("kind_id.code", "=", "traceability.damaged_genealogy")]
        )
        self.assertEqual((len(exception), exception.state), (1, "open"))
        self.assertIn("invented", exception.description)

    def test_nothing_is_damaged_where_nobody_did_anything(self):
        check = self.run_check()
        self.assertEqual((check.damage_count, check.damage), (0, False))
