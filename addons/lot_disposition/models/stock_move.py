from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _update_reserved_quantity_vals(
        self,
        need,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=True,
    ):
        """Reserve only what the disposition allows this move to use.

        The one place that stock and chained moves both pass.
        """
        return super(
            StockMove,
            self.with_context(lot_disposition_use=self._get_lot_use(location_id)),
        )._update_reserved_quantity_vals(
            need,
            location_id,
            lot_id=lot_id,
            package_id=package_id,
            owner_id=owner_id,
            strict=strict,
        )

    def _get_lot_use(self, location=None):
        """Return the use this move makes of its lots, see ``lib.decision.Use``."""
        self.ensure_one()
        return (location or self.location_id)._get_lot_use(
            self.location_dest_id, scrap=bool(self.scrap_id)
        )
