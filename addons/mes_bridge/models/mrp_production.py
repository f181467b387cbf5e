from contextlib import contextmanager

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.envelope import write_moment

# What the shop floor is told about an order, and has to hear of when it changes.
TOLD_FIELDS = {"product_qty", "date_start", "date_finished", "bom_id"}
TOLD_LINES = {
    "move_raw_ids",
    "move_finished_ids",
    "move_byproduct_ids",
    "workorder_ids",
}


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    mes_order_ids = fields.One2many("mes.order", "production_id")
    mes_part = fields.Integer(
        string="Part of the shop floor order", readonly=True, copy=False
    )
    mes_state = fields.Selection(related="mes_order_ids.state", string="Shop floor")

    def action_release_to_mes(self):
        """Release confirmed orders to the shop floor: an event, in this transaction."""
        for production in self:
            production._check_releasable()
            order = self.env["mes.order"].create(production._prepare_mes_order_vals())
            production.mes_part = order.part
            order._publish("production.order.released")
        return True

    def write(self, vals):
        """Tell the shop floor what changes on an order that it has."""
        told = (
            self.filtered("mes_order_ids")
            if (TOLD_FIELDS | TOLD_LINES) & vals.keys()
            and not self.env.context.get("mes_posting")
            else self.browse()
        )
        before = {p.id: p._get_told() for p in told}
        result = super().write(vals)
        told.filtered(lambda p: p._get_told() != before[p.id])._tell_change()
        return result

    def _get_told(self):
        """Return what the shop floor knows of the order, to compare."""
        components = [
            (move.product_id, round(move._get_planned_quantity(), 6), move.product_uom)
            for move in self._get_planned_moves()
            if move.product_id != self.product_id
        ]
        operations = [(w.name, w.workcenter_id) for w in self.workorder_ids]
        told = [self[name] for name in sorted(TOLD_FIELDS)]
        return told, components, operations

    def _tell_change(self):
        self.mes_order_ids.filtered(
            lambda order: order.state not in ("completed", "closed", "cancelled")
        )._publish_change()

    # The plan ------------------------------------------------------------

    def _get_planned_moves(self):
        """Return what is planned and not over, without what was posted by reports."""
        return (self.move_raw_ids | self.move_finished_ids).filtered(
            lambda move: not move.mes_event_id and move.state not in ("done", "cancel")
        )

    @contextmanager
    def _as_planned(self, *, components_only=False):
        """Give orders the whole plan back for the time of the block, then tell changes.

        Odoo divides and scales what is planned, and what reports took from it is no
        longer in there. The shop floor hears of the end only, and once.
        """
        if self.env.context.get("mes_posting"):
            told = self.browse()
        else:
            told = self.filtered("mes_order_ids")
        before = {production.id: production._get_told() for production in told}
        moves = self._get_planned_moves().filtered("mes_taken_qty")
        if components_only:
            moves = moves.filtered("raw_material_production_id")
        for move in moves:
            move._plan_anew(0.0)
        yield
        for move in moves.exists():
            move._plan_anew(move.mes_posted_qty)
        told.filtered(lambda p: p._get_told() != before[p.id])._tell_change()

    def action_update_bom(self):
        """Take today's bill of materials, only because a person asked; tell it once.

        :raises UserError: reports have been posted: Odoo would take them for the plan.
        """
        for production in self.filtered("move_raw_ids.mes_event_id"):
            raise UserError(
                self.env._(
                    "The shop floor has reported on %s: its components are not replaced. "
                    "Change them on the order.",
                    production.name,
                )
            )
        with self._as_planned():
            quietly = self.with_context(mes_posting=True)
            return super(MrpProduction, quietly).action_update_bom()

    def _split_productions(self, *args, **kwargs):
        """Divide what was planned; what is split off is made next, as its next part."""
        with self._as_planned():
            parts = super(
                MrpProduction, self.with_context(mes_posting=True)
            )._split_productions(*args, **kwargs)
        posting = self.env.context.get("mes_posting", False)
        return parts.with_context(mes_posting=posting)

    def _action_cancel(self):
        """Recall what is cancelled here; of what was begun Odoo says that it is done."""
        result = super()._action_cancel()
        if not self.env.context.get("mes_posting"):
            orders = self.mes_order_ids.filtered(
                lambda order: (
                    order.state not in ("closed", "cancelled")
                    and order.production_id.state in ("cancel", "done")
                )
            )
            for order in orders:
                following = order._find_following()
                if following:
                    order._continue_with(following, order._get_end_by_hand())
                else:
                    order.action_recall(self.env._("Cancelled in Odoo."))
        return result

    def button_mark_done(self):
        """Publish each order that is closed here."""
        before = self.filtered(lambda production: production.state == "done")
        result = super().button_mark_done()
        closed = self.filtered(lambda production: production.state == "done") - before
        if not self.env.context.get("mes_posting"):
            closed._follow_closing_by_hand()
        self.env["integration.message"]._announce(
            "production.order.closed",
            closed,
            lambda production: production._prepare_closed_payload(),
        )
        return result

    def _check_sn_uniqueness(self):
        """What reports made was checked number by number when it was posted."""
        if self.env.context.get("mes_posting"):
            return None
        return super()._check_sn_uniqueness()

    def _follow_closing_by_hand(self):
        """A person closed the order; a backorder they made goes on in its place."""
        for order in self.mes_order_ids:
            if order.state in ("closed", "cancelled"):
                continue
            following = order._find_following()
            if following:
                order._continue_with(following, order._get_end_by_hand())
            else:
                order.write({"state": "closed", "closed_at": fields.Datetime.now()})
            order._notify()

    def action_assign(self):
        """Publish each order for which components are missing."""
        result = super().action_assign()
        short = self.filtered(lambda production: production._find_shortages())
        self.env["integration.message"]._announce(
            "production.shortage.detected",
            short,
            lambda production: production._prepare_shortage_payload(),
        )
        return result

    def _find_shortages(self):
        """Return the component moves of which not everything could be reserved."""
        return self.move_raw_ids.filtered(
            lambda move: (
                move.state in ("confirmed", "waiting", "partially_available")
                and move.product_id.is_storable
            )
        )

    def _prepare_closed_payload(self):
        self.ensure_one()
        finished = self.date_finished
        lots = self.move_finished_ids.move_line_ids.lot_id | self.lot_producing_ids
        return {
            "order": self.mes_order_ids[:1].name or self.name,
            "production": self.name,
            "item": self.product_id._get_item_code(),
            "quantity": self.qty_produced,
            "unit": self.product_uom_id.name,
            "lots": lots.filtered(lambda lot: lot.product_id == self.product_id).mapped(
                "name"
            ),
            "finished_at": write_moment(finished) if finished else None,
        }

    def _prepare_shortage_payload(self):
        self.ensure_one()
        return {
            "production": self.name,
            "item": self.product_id._get_item_code(),
            "planned_start": write_moment(self.date_start) if self.date_start else None,
            "missing": [
                {
                    "item": move.product_id._get_item_code(),
                    "quantity": move.product_uom_qty,
                    "unit": move.product_uom.name,
                    "available": move.quantity,
                }
                for move in self._find_shortages()
            ],
        }

    def action_open_mes_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mes.order",
            "res_id": self.mes_order_ids[:1].id,
            "view_mode": "form",
        }
