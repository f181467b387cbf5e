import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.envelope import write_moment


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    mes_order_ids = fields.One2many("mes.order", "production_id")
    mes_state = fields.Selection(related="mes_order_ids.state", string="Shop floor")

    def action_release_to_mes(self):
        """Release confirmed orders to the shop floor: an event, in this transaction."""
        for production in self:
            production._check_releasable()
            order = self.env["mes.order"].create(production._prepare_mes_order_vals())
            self.env["integration.message"]._publish(
                "production.order.released",
                production,
                production._prepare_released_payload(order),
                order_key=order.name,
            )
        return True

    def button_mark_done(self):
        """Publish each order that is closed here."""
        before = self.filtered(lambda production: production.state == "done")
        result = super().button_mark_done()
        closed = self.filtered(lambda production: production.state == "done") - before
        self.env["integration.message"]._announce(
            "production.order.closed",
            closed,
            lambda production: production._prepare_closed_payload(),
        )
        return result

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
        return {
            "order": self.mes_order_ids[:1].name or self.name,
            "production": self.name,
            "item": self.product_id._get_item_code(),
            "quantity": self.qty_produced,
            "unit": self.product_uom_id.name,
            "lots": self.lot_producing_ids.mapped("name"),
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

    def _check_releasable(self):
        """Hook: refuse an order that the shop floor cannot make yet.

        :raises UserError: with the reason and the way out.
        """
        self.ensure_one()
        if self.mes_order_ids:
            raise UserError(
                self.env._(
                    "%(order)s was released as %(reference)s already.",
                    order=self.name,
                    reference=self.mes_order_ids[0].name,
                )
            )
        if self.state not in ("confirmed", "progress"):
            raise UserError(
                self.env._(
                    "Confirm %s before it is released to the shop floor.", self.name
                )
            )

    def _prepare_mes_order_vals(self):
        self.ensure_one()
        return {
            "name": self.env["ir.sequence"].next_by_code("mes.order"),
            "production_id": self.id,
            "company_id": self.company_id.id,
            "revision": self._prepare_revision(),
            "released_at": fields.Datetime.now(),
        }

    def _prepare_revision(self):
        """Return what the order is made from at this moment, with a hash to compare."""
        self.ensure_one()
        lines = [
            {
                "item": move.product_id._get_item_code(),
                "quantity": move.product_uom_qty,
                "unit": move.product_uom.name,
            }
            for move in self.move_raw_ids
        ]
        text = json.dumps(lines, sort_keys=True)
        return {
            "bill_of_materials": self.bom_id.code or self.bom_id.display_name or "",
            "lines": lines,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }

    def _prepare_released_payload(self, order):
        self.ensure_one()
        return {
            "order": order.name,
            "production": self.name,
            "item": self.product_id._get_item_code(),
            "quantity": self.product_qty,
            "unit": self.product_uom_id.name,
            "planned_start": write_moment(self.date_start) if self.date_start else None,
            "planned_finish": (
                write_moment(self.date_finished) if self.date_finished else None
            ),
            "revision": order.revision["sha256"],
            "components": [self._prepare_component(move) for move in self.move_raw_ids],
            "operations": [
                {"name": workorder.name, "work_centre": workorder.workcenter_id.name}
                for workorder in self.workorder_ids
            ],
        }

    def _prepare_component(self, move):
        return {
            "item": move.product_id._get_item_code(),
            "quantity": move.product_uom_qty,
            "unit": move.product_uom.name,
            "lots": [
                {"lot": line.lot_id.name, "quantity": line.quantity}
                for line in move.move_line_ids
                if line.lot_id
            ],
        }
