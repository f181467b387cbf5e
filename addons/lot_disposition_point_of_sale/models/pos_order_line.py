from odoo import api, models

from odoo.addons.lot_disposition.exceptions import LotOnHoldError


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _check_nothing_held(self):
        """Refuse to sell lots on hold; goods that come back are let in.

        :raises LotOnHoldError: a sentence for the cashier.
        """
        for line in self.filtered(lambda line: line.qty > 0):
            for lot in line._find_lots():
                if not lot._allows("ship"):
                    raise LotOnHoldError(lot._prepare_refusal("ship"))

    def _find_lots(self):
        """Return the lots that were typed or scanned for this line."""
        names = self.pack_lot_ids.mapped("lot_name")
        # What is on hold protects the company, whoever stands at the counter.
        return (
            self.env["stock.lot"]
            .sudo()
            .search(
                [
                    ("product_id", "=", self.product_id.id),
                    ("name", "in", names),
                    ("company_id", "in", [self.company_id.id, False]),
                ]
            )
        )

    @api.model
    def get_existing_lots(self, company_id, config_id, product_id):
        """Offer only lots that may be sold."""
        found = super().get_existing_lots(company_id, config_id, product_id)
        # As above: the cashier need not read lots.
        lots = self.env["stock.lot"].sudo().browse([lot["id"] for lot in found])
        free = set(lots.filtered(lambda lot: lot._allows("ship")).ids)
        return [lot for lot in found if lot["id"] in free]
