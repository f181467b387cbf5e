import random

from odoo.tests import tagged

from ..models import traceability_queries as queries
from .common import TraceCase


@tagged("post_install", "-at_install")
class TestWalk(TraceCase):
    """One recursive statement, both ways, whatever the graph looks like."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls.env["stock.lot"].create(
            [{"name": f"L-{n}", "product_id": cls.board.id} for n in range(30)]
        )

    def link(self, *pairs):
        """Write production steps between lots, by their position."""
        template = {
            "kind": "production",
            "product_id": self.board.id,
            "quantity": 1,
            "product_uom_id": self.board.uom_id.id,
            "confidence": "exact",
            "occurred_at": "2026-03-01 10:00:00",
            "company_id": self.env.company.id,
        }
        self.Edge._store(
            [
                {
                    "natural_key": f"test:{a}:{b}",
                    "input_lot_id": self.lots[a].id,
                    "output_lot_id": self.lots[b].id,
                    **template,
                }
                for a, b in pairs
            ]
        )

    def walk(self, start, direction="forward"):
        steps = self.Edge._walk(self.lots[start], direction)
        position = {lot.id: index for index, lot in enumerate(self.lots)}
        return {(position[a], position[b]) for a, b in steps}

    def test_both_directions(self):
        self.link((0, 1), (1, 2), (3, 1), (4, 5))
        self.assertEqual(self.walk(0), {(0, 1), (1, 2)})
        self.assertEqual(self.walk(2, "backward"), {(2, 1), (1, 0), (1, 3)})

    def test_a_cycle_ends(self):
        self.link((0, 1), (1, 2), (2, 0), (2, 2))
        self.assertEqual(self.walk(1), {(0, 1), (1, 2), (2, 0), (2, 2)})

    def test_a_lattice_of_shared_lots_costs_its_steps_not_its_paths(self):
        # 14 layers of two lots, all linked: 2 ** 14 paths, 56 steps.
        self.link(
            *(
                (2 * layer + a, 2 * (layer + 1) + b)
                for layer in range(14)
                for a in (0, 1)
                for b in (0, 1)
            )
        )
        self.assertEqual(len(self.walk(0)), 54)

    def test_walk_equals_a_slow_reference(self):
        generator = random.Random(7)
        for _round in range(5):
            self.Edge.search([("natural_key", "like", "test:")]).unlink()
            pairs = {
                (generator.randrange(30), generator.randrange(30)) for _n in range(45)
            }
            self.link(*pairs)
            reached = {3}
            while grown := {b for a, b in pairs if a in reached} - reached:
                reached |= grown
            expected = {(a, b) for a, b in pairs if a in reached}
            self.assertEqual(self.walk(3), expected)

    def test_steps_of_other_companies_are_not_followed(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        self.link((0, 1), (1, 2))
        edge = self.Edge.search([("natural_key", "=", "test:1:2")])
        edge.company_id = other
        ours = self.Edge.with_context(allowed_company_ids=self.env.company.ids)
        self.assertEqual(ours._walk(self.lots[0]), [(self.lots[0].id, self.lots[1].id)])
        both = self.env.company | other
        steps = queries.walk(self.env, self.lots[0].ids, "forward", both.ids)
        self.assertEqual(len(steps), 2)

    def test_both_ways_are_served_by_an_index(self):
        self.env.cr.execute("ANALYZE traceability_edge")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for column, index in (
            ("input_lot_id", "traceability_edge_forward_index"),
            ("output_lot_id", "traceability_edge_backward_index"),
        ):
            with self.subTest(column=column):
                self.env.cr.execute(
                    "EXPLAIN SELECT output_lot_id, input_lot_id FROM traceability_edge"
                    f" WHERE {column} = 1"
                )
                plan = "\n".join(row[0] for row in self.env.cr.fetchall())
                self.assertIn(index, plan)
