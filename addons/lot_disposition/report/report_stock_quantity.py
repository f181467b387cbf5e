from odoo import models

from ..lib.decision import NOT_FORECAST


class ReportStockQuantity(models.Model):
    """The curve of the forecast leaves out what is on hold and not expected back."""

    _inherit = "report.stock.quantity"

    _depends = {
        "stock.location": ["effective_disposition", "in_quarantine"],
        "stock.lot": ["disposition"],
        "stock.package": ["effective_disposition"],
        "stock.quant": ["lot_id", "package_id", "reserved_quantity"],
    }

    def init(self):
        # The view reads columns that do not exist yet when the models are made.
        return self.pool.post_init(super().init)

    def _get_product_qty_col(self):
        return self._leave_out_held(super()._get_product_qty_col())

    def _leave_out_held(self, column):
        """Return the column of a quantity without that of stock on hold.

        What is reserved of it is on its way out, back to the vendor or on a permit, and is
        counted there.

        :param column: SQL; ``q`` is the quant and ``l`` its location.
        """
        statuses = ", ".join(f"'{status}'" for status in sorted(NOT_FORECAST))
        return f"""CASE WHEN date >= (now() at time zone 'utc')::date AND (
            l.effective_disposition IN ({statuses})
            OR (l.in_quarantine AND q.lot_id IS NULL)
            OR q.lot_id IN (SELECT id FROM stock_lot WHERE disposition IN ({statuses}))
            OR q.package_id IN (SELECT id FROM stock_package
                                 WHERE effective_disposition IN ({statuses})))
            THEN q.reserved_quantity ELSE {column} END"""
