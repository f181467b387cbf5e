from odoo import api, fields, models
from odoo.fields import Domain

from ..lib.decision import STATUSES, is_allowed

STOCK_FIELDS = {"quantity", "lot_id", "location_id", "product_id"}


class StockQuant(models.Model):
    _inherit = "stock.quant"

    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition"
    )
    lot_disposition_reason = fields.Char(
        related="lot_id.disposition_reason", string="Reason of the disposition"
    )

    def _get_gather_domain(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
    ):
        """Leave out what may not be reserved; only while a move reserves.

        Everywhere else a hidden quant would make Odoo create a second, negative one.
        """
        domain = super()._get_gather_domain(
            product_id,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )
        use = self.env.context.get("lot_disposition_use")
        if not use:
            return domain
        allowed = [status for status in STATUSES if is_allowed(status, use)]
        if len(allowed) == len(STATUSES):
            return domain
        return domain & (
            Domain("lot_id", "=", False) | Domain("lot_id.disposition", "in", allowed)
        )

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        if not self.env.su:
            quants._check_direct_change()
        return quants

    def write(self, vals):
        if STOCK_FIELDS & vals.keys() and not self.env.su:
            self._check_direct_change()
        return super().write(vals)

    def _check_direct_change(self):
        """Stock users can write quants over RPC: with a held lot they may not."""
        self.lot_id.sudo()._check_use("correction")
