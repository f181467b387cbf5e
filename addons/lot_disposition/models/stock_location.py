from odoo import fields, models

from ..lib.decision import classify


class StockLocation(models.Model):
    _inherit = "stock.location"

    is_quarantine = fields.Boolean(
        string="Quarantine",
        help="Lots on hold may be moved here, whatever their disposition.",
    )

    def _get_lot_use(self, destination, *, scrap=False):
        """Return what moving a lot from here to ``destination`` means for it."""
        self.ensure_one()
        return classify(
            self.usage,
            destination.usage,
            to_quarantine=destination.is_quarantine,
            scrap=scrap,
        )
