from odoo import fields, models


class StockLot(models.Model):
    """How many people, and whether with a signature, release a lot or grant a permit."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.lot"

    disposition_request_ids = fields.One2many("lot.disposition.request", "lot_id")
    disposition_permit_ids = fields.One2many("lot.disposition.permit", "lot_id")
    disposition_request_count = fields.Integer(
        compute="_compute_disposition_request_count"
    )

    def _compute_disposition_request_count(self):
        counts = dict(
            self.env["lot.disposition.request"]._read_group(
                [("lot_id", "in", self.ids), ("state", "=", "waiting")],
                ["lot_id"],
                ["__count"],
            )
        )
        for lot in self:
            lot.disposition_request_count = counts.get(lot, 0)

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for releasing this lot."""
        # The rule binds whoever releases, also those who may not read the product; these
        # two values are all that leaves it.
        return self.sudo().product_id.product_tmpl_id._get_release_rule()

    def _lock_for_permit(self):
        self._lock_for_change()

    def _get_permits(self, line):
        return self.disposition_permit_ids

    def _get_ending_permits(self, status):
        """Permits can be granted before a lot is restricted; they end when that ends."""
        ending = self.filtered(
            lambda lot: lot.disposition == "restricted" and status != "restricted"
        )
        return ending.disposition_permit_ids
