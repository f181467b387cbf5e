from odoo import fields, models

from ..models.lot_disposition_entry import STATUS


class LotDispositionSplit(models.TransientModel):
    """Makes a part of a lot a lot of its own, to decide on it by itself."""

    _name = "lot.disposition.split"
    _description = "Split a Lot"

    lot_id = fields.Many2one("stock.lot", required=True, readonly=True)
    quantity = fields.Float(required=True, digits="Product Unit")
    uom_id = fields.Many2one(related="lot_id.product_id.uom_id")
    location_id = fields.Many2one(
        "stock.location",
        string="Take it from",
        domain="[('usage', '=', 'internal')]",
        help="Empty: from the place with most of it.",
    )
    status = fields.Selection(STATUS, required=True, default="quarantined")
    reason = fields.Char(required=True)

    def action_split(self):
        """Split, and show the new lot."""
        self.ensure_one()
        child = self.lot_id._split_for_disposition(
            self.quantity, self.status, self.reason, location=self.location_id or None
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.lot",
            "res_id": child.id,
            "view_mode": "form",
        }
