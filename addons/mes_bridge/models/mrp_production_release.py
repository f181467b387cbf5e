import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.envelope import write_moment

# A share of a component's quantity that rounding may change.
SAME_SHARE = 0.001


class MrpProduction(models.Model):
    """What has to hold before an order goes to the shop floor, and what it is told."""

    _inherit = "mrp.production"

    def _check_releasable(self):
        """Refuse an order that the shop floor cannot make yet.

        :raises UserError: with the reason and the way out.
        """
        self.ensure_one()
        known = self.env["mes.order"].search(
            [("production_group_id", "=", self.production_group_id.id)], limit=1
        )
        if known:
            raise UserError(
                self.env._(
                    "%(order)s was released as %(reference)s already.",
                    order=self.name,
                    reference=known.name,
                )
            )
        self._check_released_state()
        self._check_preconditions()

    def _check_released_state(self):
        if self.bom_id.type == "subcontract":
            raise UserError(
                self.env._(
                    "%s is made by a subcontractor: its receipt closes it, not the shop "
                    "floor.",
                    self.name,
                )
            )
        if self.state not in ("confirmed", "progress"):
            raise UserError(
                self.env._(
                    "Confirm %s before it is released to the shop floor.", self.name
                )
            )

    def _check_preconditions(self):
        """Hook: refuse for want of material, of released lots, of whatever a bridge adds.

        :raises UserError: with the reason and the way out.
        """
        self.ensure_one()
        self._check_units()
        # What can be reserved is, so that the shop floor is told its lots.
        self._find_shortages()._action_assign()
        if not self._find_missing() or self.company_id.mes_release_without_material:
            return
        raise UserError(
            self.env._(
                "%(order)s lacks %(items)s. Reserve or receive it first, or let orders "
                "go without material in the settings of manufacturing.",
                order=self.name,
                items=", ".join(self._find_missing().product_id.mapped("display_name")),
            )
        )

    def _find_missing(self):
        """Return component moves that neither are reserved nor are being picked."""
        return self._find_shortages().filtered(
            lambda move: (
                not move.move_orig_ids
                or any(
                    origin.state not in ("assigned", "done")
                    for origin in move.move_orig_ids.filtered(
                        lambda m: m.state != "cancel"
                    )
                )
            )
        )

    def _check_units(self):
        """Odoo converts between any two units without a word; we do not.

        :raises UserError: a component's unit does not measure what its product's does.
        """
        for move in self.move_raw_ids | self.move_finished_ids:
            if move.product_uom._has_common_reference(move.product_id.uom_id):
                continue
            raise UserError(
                self.env._(
                    "%(product)s is planned in %(unit)s and kept in %(own)s, which do "
                    "not convert into each other. Correct the bill of materials.",
                    product=move.product_id.display_name,
                    unit=move.product_uom.name,
                    own=move.product_id.uom_id.name,
                )
            )

    # What it is told -----------------------------------------------------

    def _prepare_mes_order_vals(self):
        self.ensure_one()
        return {
            "name": self.env["ir.sequence"].next_by_code("mes.order"),
            "production_id": self.id,
            "production_group_id": self.production_group_id.id,
            "company_id": self.company_id.id,
            "revision": self._prepare_revision(),
            "planned_finish": self.date_finished,
            "released_at": fields.Datetime.now(),
            "told_at": fields.Datetime.now(),
        }

    def _prepare_revision(self):
        """Return what the order is made from at this moment, with a hash to compare."""
        self.ensure_one()
        lines = [
            {
                "item": move.product_id._get_item_code(),
                "quantity": move._get_planned_quantity(),
                "unit": move.product_uom.name,
            }
            for move in self._get_planned_raw_moves()
        ]
        text = json.dumps(lines, sort_keys=True)
        return {
            "bill_of_materials": self.bom_id.code or self.bom_id.display_name or "",
            "lines": lines,
            "per_unit": self._prepare_per_unit(),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }

    def _get_planned_raw_moves(self):
        """Return the component moves of the plan, without what was posted by reports."""
        return self.move_raw_ids.filtered(
            lambda move: not move.mes_event_id and move.state != "cancel"
        )

    def _prepare_per_unit(self):
        """Return the planned quantity per finished unit, by component's id.

        What reports took off the plan is part of it.
        """
        totals = {}
        for move in self._get_planned_raw_moves():
            key = str(move.product_id.id)
            planned = move.product_uom._compute_quantity(
                move._get_planned_quantity(), move.product_id.uom_id, round=False
            )
            share = planned / (self.product_uom_qty or 1.0)
            totals[key] = totals.get(key, 0.0) + share
        return totals

    def _is_made_as(self, revision):
        """Tell whether the order is still made from the same as in a revision.

        The quantity of the order is no matter, nor is the rounding that it brings.
        """
        now = self._prepare_revision()
        told, planned = revision.get("per_unit", {}), now["per_unit"]
        step = self.product_uom_id.rounding / (self.product_uom_qty or 1.0)
        return (
            revision.get("bill_of_materials") == now["bill_of_materials"]
            and told.keys() == planned.keys()
            and all(
                abs(told[key] - planned[key]) <= max(step, told[key] * SAME_SHARE)
                for key in told
            )
        )

    def _prepare_released_payload(self, order):
        self.ensure_one()
        return {
            "order": order.name,
            "production": self.name,
            "release": order.release_number,
            "part": order.part,
            "item": self.product_id._get_item_code(),
            "quantity": self.product_qty,
            "unit": self.product_uom_id.name,
            "planned_start": write_moment(self.date_start) if self.date_start else None,
            "planned_finish": (
                write_moment(self.date_finished) if self.date_finished else None
            ),
            "revision": order.revision["sha256"],
            "components": [
                self._prepare_component(move) for move in self._get_planned_raw_moves()
            ],
            "byproducts": [
                {
                    "item": move.product_id._get_item_code(),
                    "quantity": move._get_planned_quantity(),
                    "unit": move.product_uom.name,
                }
                for move in self.move_byproduct_ids.filtered(
                    lambda move: not move.mes_event_id
                )
            ],
            "operations": [
                self._prepare_operation(workorder) for workorder in self.workorder_ids
            ],
        }

    def _prepare_component(self, move):
        return {
            "item": move.product_id._get_item_code(),
            "quantity": move._get_planned_quantity(),
            "unit": move.product_uom.name,
            "operation": move.operation_id.name or None,
            "lots": [
                {"lot": line.lot_id.name, "quantity": line.quantity}
                for line in move.move_line_ids
                if line.lot_id
            ],
        }

    def _prepare_operation(self, workorder):
        return {
            "name": workorder.name,
            "work_centre": workorder.workcenter_id.name,
            "work_centre_code": workorder.workcenter_id.code or None,
            "expected_minutes": workorder.duration_expected,
            "planned_start": (
                write_moment(workorder.date_start) if workorder.date_start else None
            ),
        }
