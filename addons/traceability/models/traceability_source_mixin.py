from odoo import models

from ..lib.allocation import Input, Output, allocate

INSIDE = ("internal", "transit")
COLUMNS = (
    "kind",
    "input_lot_id",
    "input_node_id",
    "input_vertex",
    "output_lot_id",
    "output_node_id",
    "output_vertex",
    "product_id",
    "uom_id",
    "quantity",
    "confidence",
    "partner_id",
    "move_id",
    "production_id",
    "reference",
    "occurred_at",
    "company_id",
)


class TraceabilitySourceMixin(models.AbstractModel):
    """A document that turns lots into other lots: it writes the edges of its moves.

    Inherit it and name its moves: ``stock.move._get_trace_source`` returns the document,
    and its condition in SQL joins ``stock.move.line._get_transformation_condition``.
    """

    _name = "traceability.source.mixin"
    _description = "Source of Genealogy"

    def _write_genealogy(self):
        """Write which lot went into which, as of everything that is posted now.

        Posting more later corrects the shares of this document; nothing is doubled.

        :returns: of how many documents the edges said something else before.
        """
        Edge = self.env["traceability.edge"]
        return sum(
            Edge._store_source(source, COLUMNS, source._prepare_edge_rows())
            for source in self
        )

    def _retell_ledger(self):
        """Let the ledger say what these documents made of what, as their edges do.

        Its rows were written as each output was posted; what was used comes to light, or
        is corrected, later. The row that is wrong is followed by one that corrects it.
        """
        for source in self.filtered(lambda source: source._is_trace_complete()):
            lines = source._find_trace_lines()
            outputs = lines.filtered("lot_id") - lines.filtered(source._is_trace_input)
            self.env["traceability.lot.event"]._retell_made(source, outputs)

    # Hooks ----------------------------------------------------------------

    def _is_trace_complete(self):
        """Hook: tell whether nothing more is expected: what is not told yet is missing."""
        return True

    def _get_trace_kind(self):
        """Hook: return the kind of the edges, see ``traceability.edge``."""
        return "production"

    def _get_trace_moves(self):
        """Hook: return the ``stock.move`` records that this document transforms."""
        raise NotImplementedError

    def _get_trace_partner(self):
        """Hook: return who did it, such as a subcontractor; usually nobody."""
        return self.env["res.partner"]

    def _get_known_links(self):
        """Hook: return ``{(input vertex, output vertex): quantity}``, as reported."""
        return {}

    def _is_trace_input(self, line):
        """Hook: tell whether a line goes into what comes out; else it comes out."""
        return line.location_id.usage in INSIDE

    def _goes_on(self, product_id):
        """Hook: tell whether a product that went in is found in what came out."""
        return True

    # Edges ----------------------------------------------------------------

    def _prepare_edge_rows(self):
        """Return the edges as tuples of ``COLUMNS``."""
        self.ensure_one()
        lines = self._find_trace_lines()
        into = lines.filtered(self._is_trace_input)
        outputs = self._find_outputs(lines - into)
        inputs, ends = self._find_inputs(into), []
        if outputs:
            ends = [part for part in inputs if not self._goes_on(part.product)]
            inputs = [part for part in inputs if self._goes_on(part.product)]
        shares = allocate(inputs, outputs, self._get_known_links())
        if shares:
            rows = self._prepare_share_rows(shares)
        else:
            rows = self._prepare_loose_rows(inputs, lines - into)
        rows += self._prepare_loose_rows(ends, lines.browse())
        return self._prepare_rows(rows, lines - into or into)

    def _find_trace_lines(self):
        return self._get_trace_moves().move_line_ids.filtered(
            lambda line: line.state == "done" and line.quantity_product_uom > 0
        )

    def _prepare_rows(self, rows, lines):
        """Return rows with what all edges of this document share, as tuples.

        :param lines: those that say when it happened.
        """
        common = {
            "kind": self._get_trace_kind(),
            "partner_id": self._get_trace_partner().id or None,
            "production_id": self.id if self._name == "mrp.production" else None,
            "reference": self.display_name,
            "occurred_at": max(lines._get_trace_moments(), default=None),
            "company_id": self.company_id.id,
        }
        return [tuple({**common, **row}[column] for column in COLUMNS) for row in rows]

    def _find_inputs(self, lines):
        """Return what was consumed, per move and lot; without lot, per batch drawn."""
        found = {}
        drawn = self.env["traceability.node"]._get_draws(
            lines.filtered(lambda line: not line.lot_id)
        )
        for line in lines:
            parts = (
                [(line.lot_id.id, line.quantity_product_uom)]
                if line.lot_id
                else [(-node, quantity) for node, quantity in drawn.get(line.id, ())]
            )
            for vertex, quantity in parts:
                key = (line.move_id.id, vertex, line.product_id.id)
                found[key] = found.get(key, 0.0) + quantity
        return [
            Input(move, vertex, product, quantity, assumed=vertex < 0)
            for (move, vertex, product), quantity in found.items()
        ]

    def _find_outputs(self, lines):
        """Return what came out; weights are comparable, also over by-products."""
        totals = {}
        nodes = self.env["traceability.node"]._get_batches(
            lines.filtered(lambda line: not line.lot_id)
        )
        for line in lines:
            vertex = line.lot_id.id or -nodes.get(line.id, 0)
            if vertex:
                key = (vertex, line.product_id)
                totals[key] = totals.get(key, 0.0) + line.quantity_product_uom
        return [
            Output(vertex, weight) for vertex, weight in self._weigh(totals).items()
        ]

    def _weigh(self, totals):
        """Return ``{vertex: weight}``: in one unit, or each product the same in all."""
        products = {product for _vertex, product in totals}
        unit = next(iter(products)).uom_id if products else None
        comparable = all(
            product.uom_id._has_common_reference(unit) for product in products
        )
        made = {}
        for (_vertex, product), quantity in totals.items():
            made[product] = made.get(product, 0.0) + quantity
        weights = {}
        for (vertex, product), quantity in totals.items():
            weight = (
                product.uom_id._compute_quantity(
                    quantity, unit, round=False, raise_if_failure=False
                )
                if comparable
                else quantity / made[product]
            )
            weights[vertex] = weights.get(vertex, 0.0) + weight
        return weights

    def _prepare_share_rows(self, shares):
        products = self.env["product.product"]
        return [
            {
                **self._prepare_end("input", share.source.vertex),
                **self._prepare_end("output", share.output),
                "product_id": share.source.product,
                "uom_id": products.browse(share.source.product).uom_id.id,
                "quantity": share.quantity,
                "confidence": share.confidence,
                "move_id": share.source.move,
            }
            for share in shares
        ]

    def _prepare_loose_rows(self, inputs, lines):
        """Return rows with one end: consumed and not made yet, or made of nothing known."""
        products = self.env["product.product"]
        rows = [
            {
                **self._prepare_end("input", part.vertex),
                **self._prepare_end("output", None),
                "product_id": part.product,
                "uom_id": products.browse(part.product).uom_id.id,
                "quantity": part.quantity,
                "confidence": "assumed" if part.assumed else "exact",
                "move_id": part.move,
            }
            for part in inputs
        ]
        for line in lines if not inputs else ():
            if line.lot_id:
                rows.append(
                    {
                        **self._prepare_end("input", None),
                        **self._prepare_end("output", line.lot_id.id),
                        "product_id": line.product_id.id,
                        "uom_id": line.product_id.uom_id.id,
                        "quantity": line.quantity_product_uom,
                        "confidence": "exact",
                        "move_id": line.move_id.id,
                    }
                )
        return rows

    def _prepare_end(self, end, vertex):
        return {
            f"{end}_lot_id": vertex if vertex and vertex > 0 else None,
            f"{end}_node_id": -vertex if vertex and vertex < 0 else None,
            f"{end}_vertex": vertex,
        }
