from odoo import api, fields, models


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
