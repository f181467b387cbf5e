from odoo import models

from odoo.addons.traceability.lib.allocation import Input, Output, Share


class RepairOrder(models.Model):
    """Parts go into the repaired product or come out of it."""

    _name = "repair.order"
    _inherit = ["repair.order", "traceability.source.mixin"]

    def _get_trace_kind(self):
        return "repair"

    def _get_trace_moves(self):
        return self.move_ids.filtered(
            lambda move: move.repair_line_type and not move.scrap_id
        )

    def _is_trace_input(self, line):
        return line.move_id.repair_line_type == "add"

    def _find_outputs(self, lines):
        """Whatever goes in goes into the repaired product."""
        if not self.lot_id:
            return []
        return [Output(self.lot_id.id, 1.0)]

    def _prepare_edge_rows(self):
        """Write parts put in as going into the product, parts taken out as out of it."""
        return super()._prepare_edge_rows() + self._prepare_removed_rows()

    def _prepare_removed_rows(self):
        lines = self._get_trace_moves().move_line_ids.filtered(
            lambda line: (
                line.state == "done"
                and line.lot_id
                and line.quantity_product_uom > 0
                and not self._is_trace_input(line)
            )
        )
        shares = []
        if self.lot_id:
            shares = [
                Share(
                    Input(
                        line.move_id.id,
                        self.lot_id.id,
                        line.product_id.id,
                        line.quantity_product_uom,
                    ),
                    line.lot_id.id,
                    line.quantity_product_uom,
                    "exact",
                )
                for line in lines
            ]
        return self._prepare_rows(self._prepare_share_rows(shares), lines)
