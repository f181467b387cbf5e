from odoo import api, fields, models

from ..lib import lifecycle


class MesEvent(models.Model):
    """One report of the shop floor, understood: codes resolved, quantity in our unit."""

    _name = "mes.event"
    _description = "Shop Floor Report"
    _order = "occurred_at, sequence, id"

    order_id = fields.Many2one(
        "mes.order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("started", "Started"),
            ("consumed", "Consumed"),
            ("reported", "Reported"),
            ("completed", "Completed"),
        ],
        required=True,
        readonly=True,
    )
    identity = fields.Char(
        required=True, readonly=True, help="The sender's source and id of the event."
    )
    message_id = fields.Many2one(
        "integration.message", readonly=True, ondelete="restrict"
    )
    occurred_at = fields.Datetime(readonly=True)
    sequence = fields.Integer(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    quantity = fields.Float(
        readonly=True, digits="Product Unit", help="In the product's own unit."
    )
    announced = fields.Json(
        readonly=True,
        help="Totals of a completion: good quantity, consumption per lot.",
    )

    _once = models.Constraint(
        "UNIQUE(order_id, identity)", "This report is on record already."
    )

    @api.depends("order_id", "kind")
    def _compute_display_name(self):
        for event in self:
            event.display_name = f"{event.order_id.name}: {event.kind}"

    def _prepare_lifecycle_event(self):
        """Return it as ``lib.lifecycle.Event``."""
        self.ensure_one()
        announced = self.announced or {}
        return lifecycle.Event(
            identity=self.identity,
            kind=self.kind,
            key=(self.product_id.id, self.lot_id.id or 0) if self.product_id else None,
            quantity=self.quantity,
            announced_good=announced.get("good", 0.0),
            announced={
                (product, lot): quantity
                for product, lot, quantity in announced.get("consumed", ())
            },
        )
