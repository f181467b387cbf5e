from odoo import models

from ..lib.lifecycle import TOLERANCE


class MesOrder(models.Model):
    """What is planned shrinks with what is posted, and is never lost."""

    _inherit = "mes.order"

    def _find_planned_moves(self, production, event):
        """Return the planned moves that a report takes from, the nearest in front."""
        side = "move_raw_ids" if event.kind == "consumed" else "move_finished_ids"
        moves = production[side].filtered(
            lambda move: move.product_id == event.product_id and not move.mes_event_id
        )
        here = moves.filtered(lambda move: move.workorder_id == event.workorder_id)
        candidates = (here if event.workorder_id and here else moves).sorted("id")
        first = candidates.filtered("product_uom_qty")
        return first + (candidates - first)

    def _shift_demand(self, production, event, quantity):
        """Take what was posted off the plan: it is neither expected nor reserved twice.

        :param quantity: in the product's unit; below zero gives it back.
        """
        if event.kind == "scrapped" and not self._is_made_by_scrap(event):
            return
        moves = self._find_planned_moves(production, event).filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        rest = quantity
        for move in moves:
            # A component may be on several lines.
            share = (
                min(rest, move.product_qty)
                if rest > 0
                else max(rest, -move.mes_posted_qty)
            )
            if abs(share) > TOLERANCE:
                self._shift_move(move, event, share)
                rest -= share
        if moves and abs(rest) > TOLERANCE:
            self._shift_move(moves[0], event, rest)

    def _shift_move(self, move, event, quantity):
        if event.kind == "consumed" and quantity > 0:
            rest = max(0.0, move.product_qty - quantity)
            self._free_reservation(move, event.lot_id, quantity, rest)
        # The plan is Odoo's; how much of it was posted is the bridge's own mark.
        move.mes_posted_qty += quantity
        move._plan_anew(move.mes_posted_qty)

    def _free_reservation(self, planned, lot, quantity, rest):
        """Give up what was reserved of a lot that is gone, and what exceeds the rest."""
        lines = planned.move_line_ids.sorted(lambda line: (line.lot_id != lot, line.id))
        excess = max(0.0, sum(lines.mapped("quantity_product_uom")) - rest)
        for line in lines:
            share = quantity if line.lot_id == lot else excess
            taken = min(line.quantity_product_uom, share)
            if taken <= TOLERANCE:
                continue
            excess = max(0.0, excess - taken)
            kept = line.quantity_product_uom - taken
            if kept <= TOLERANCE:
                line.unlink()
            else:
                line.quantity = line.product_id.uom_id._compute_quantity(
                    kept, line.product_uom_id
                )
