from odoo import api, fields, models

from odoo.addons.integration_core.lib.envelope import write_moment
from odoo.addons.integration_core.lib.handling import Handling

CHANGES = "procurement_bridge.changed_orders"


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    shipment_notice_ids = fields.One2many(
        "procurement.shipment.notice", "purchase_order_id", string="Ship notices"
    )
    shipment_notice_count = fields.Integer(compute="_compute_shipment_notice_count")

    @api.depends("shipment_notice_ids")
    def _compute_shipment_notice_count(self):
        for order in self:
            order.shipment_notice_count = len(order.shipment_notice_ids)

    def _get_open_receipt_moves(self):
        """Return the moves from the supplier that are still expected, oldest first."""
        self.ensure_one()
        return self.order_line.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and move.location_id.usage == "supplier"
            )
        ).sorted(lambda move: (move.date, move.id))

    def action_open_shipment_notices(self):
        self.ensure_one()
        return self.shipment_notice_ids._get_action()

    def button_approve(self, force=False):
        result = super().button_approve(force=force)
        self._note_change("confirmed")
        return result

    def button_cancel(self):
        agreed = self.filtered(lambda order: order.state == "purchase")
        result = super().button_cancel()
        agreed._note_change("cancelled")
        return result

    def write(self, vals):
        result = super().write(vals)
        if {"date_planned", "currency_id", "partner_id"} & set(vals):
            self._note_change("changed")
        return result

    def _note_change(self, change):
        """Publish these orders at the end of the transaction: once, as they are then.

        Only what was agreed with the supplier changes; a quotation does not.

        :param change: ``confirmed``, ``changed`` or ``cancelled``; the first and the
            last say more than the one in between.
        """
        changes = self.env.cr.precommit.data.setdefault(CHANGES, {})
        if not changes:
            self.env.cr.precommit.add(self.env["purchase.order"]._publish_changes)
        for order in self:
            agreed = order.state == "purchase" or change == "cancelled"
            if agreed and (change != "changed" or order.id not in changes):
                # With the message that caused this change, of several that may be
                # worked off in one transaction.
                cause = Handling.of(self.env.context).keep()
                changes[order.id] = order.with_context(**cause), change

    @api.model
    def _publish_changes(self):
        changes = self.env.cr.precommit.data.pop(CHANGES, {})
        for order_id in self.browse(changes).exists().ids:
            order, change = changes[order_id]
            order.env["integration.message"]._announce(
                "purchase.order.changed",
                order,
                lambda order, change=change: order._prepare_changed_payload(change),
            )

    def _prepare_changed_payload(self, change):
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        return {
            "order": self.name,
            "change": change,
            "partner": self.partner_id.ref or self.partner_id.name,
            "reference": self.partner_ref or None,
            "expected_at": _moment(self.date_planned),
            "currency": self.currency_id.name,
            "amount_total": self.amount_total,
            "lines": [
                {
                    "item": line.product_id._get_item_code(),
                    "quantity": line.product_qty,
                    "unit": line.product_uom_id.name,
                    "price_unit": line.price_unit,
                    "expected_at": _moment(line.date_planned),
                }
                for line in lines
            ],
        }


def _moment(value):
    return write_moment(value) if value else None
