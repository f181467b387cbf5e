from odoo import fields, models

# Nothing is bought or moved again because of what was posted.
QUIETLY = {"no_procurement": True, "do_not_unreserve": True}


class StockMove(models.Model):
    _inherit = "stock.move"

    mes_event_id = fields.Many2one(
        "mes.event",
        string="Shop floor report",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    mes_posted_qty = fields.Float(
        string="Posted by reports",
        readonly=True,
        copy=False,
        help="What reports posted beside this planned move, in the product's unit.",
    )
    mes_taken_qty = fields.Float(
        string="Taken off the plan",
        readonly=True,
        copy=False,
        help="What the demand was lowered by, in this move's unit; the two make the plan.",
    )

    def _get_planned_quantity(self):
        """Return what was planned, posted or not, in the move's own unit."""
        return self.product_uom_qty + self.mes_taken_qty

    def _plan_anew(self, posted):
        """Lower a planned move's demand by what was posted beside it, at most to nothing.

        :param posted: in the product's unit.
        """
        self.ensure_one()
        planned = self._get_planned_quantity()
        taken = self.product_id.uom_id._compute_quantity(
            posted, self.product_uom, round=False
        )
        rest = self.product_uom.round(min(planned, max(0.0, planned - taken)))
        if self.product_uom.compare(rest, self.product_uom_qty) == 0:
            return
        self.with_context(**QUIETLY).write(
            {"product_uom_qty": rest, "mes_taken_qty": planned - rest}
        )

    def _action_done(self, cancel_backorder=False):
        """Reports that waited for a lot go on once it has arrived."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        arrived = moves.move_line_ids.filtered(
            lambda line: line.lot_id and line.location_dest_id.usage == "internal"
        ).lot_id
        if arrived:
            # Whoever moves stock need not see the exceptions of production.
            waiting = (
                self.env["integration.exception"]
                .sudo()
                .search(
                    [
                        ("state", "=", "open"),
                        ("kind_id.code", "=", "mes_bridge.lot_not_in_stock"),
                        ("mes_lot_id", "in", arrived.ids),
                    ]
                )
            )
            for exception in waiting:
                exception._release(self.env._("The lot has arrived."))
        return moves
