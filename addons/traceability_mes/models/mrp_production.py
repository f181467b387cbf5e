from dataclasses import replace

from odoo import models


class MrpProduction(models.Model):
    """The shop floor says which finished lot a component went into."""

    _inherit = "mrp.production"

    def _find_inputs(self, lines):
        """What many reports used of one lot is one step: as many edges as lots.

        Each report has a move of its own, and the edges of an order are written anew with
        each. The step names the first of these moves.
        """
        # Whoever posts the order writes its edges, and may have no right to reports.
        reported = set(lines.move_id.sudo().filtered("mes_event_id").ids)
        merged = {}
        for part in super()._find_inputs(lines):
            key = (part.move not in reported and part.move, part.vertex, part.product)
            known = merged.get(key)
            quantity = part.quantity + (known.quantity if known else 0.0)
            merged[key] = replace(known or part, quantity=quantity)
        return list(merged.values())

    def _get_known_links(self):
        """Add what consumption reports with ``output_lot`` say, as of what is posted."""
        said = {}
        # Whoever posts the order writes its edges, and may have no right to reports.
        for line in self.move_raw_ids.move_line_ids.sudo():
            output = line.move_id.mes_event_id.output_lot_id
            if line.state == "done" and line.lot_id and output:
                key = (line.lot_id.id, output.id)
                said[key] = said.get(key, 0.0) + line.quantity_product_uom
        # What was reported as genealogy, too, is the same parts.
        known = super()._get_known_links()
        return known | {
            key: max(quantity, known.get(key, 0.0)) for key, quantity in said.items()
        }
