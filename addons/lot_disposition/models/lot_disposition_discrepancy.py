from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import float_compare

from . import lot_disposition_queries as queries
from .lot_disposition_mixin import MANAGER


class LotDispositionDiscrepancy(models.Model):
    """Stock on hold of which the books say something else than its moves.

    Whoever writes quants directly, and balances them over two places, gets past every
    other guard; here it shows the next morning. A difference is told once, and again when
    it changes.
    """

    _name = "lot.disposition.discrepancy"
    _description = "Discrepancy of Held Stock"
    _order = "id desc"
    _rec_name = "lot_id"

    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="cascade"
    )
    lot_id = fields.Many2one(
        "stock.lot", readonly=True, index=True, ondelete="cascade"
    )
    location_id = fields.Many2one(
        "stock.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id", store=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    booked_quantity = fields.Float(
        string="On the books", readonly=True, digits="Product Unit"
    )
    moved_quantity = fields.Float(
        string="By its moves", readonly=True, digits="Product Unit"
    )
    difference = fields.Float(
        compute="_compute_difference", store=True, digits="Product Unit"
    )
    found_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    explanation = fields.Char(help="What quality found out about it.")

    @api.depends("booked_quantity", "moved_quantity")
    def _compute_difference(self):
        for one in self:
            one.difference = one.booked_quantity - one.moved_quantity

    def write(self, vals):
        if vals.keys() - {"explanation"} and not self.env.su:
            raise AccessError(
                self.env._("What was found stays as it is; write what explains it.")
            )
        return super().write(vals)

    @api.model
    def _cron_compare(self):
        """Compare the books of held stock with its moves; tell quality what is new.

        :returns: the new discrepancies.
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        told = self._get_told()
        vals_list = []
        for product, lot, place, booked, moved in queries.read_held_stock(self.env):
            before = told.get((product, lot, place), 0.0)
            if float_compare(booked - moved, before, precision_digits=digits):
                vals_list.append(
                    {
                        "product_id": product,
                        "lot_id": lot,
                        "location_id": place,
                        "booked_quantity": booked,
                        "moved_quantity": moved,
                    }
                )
        found = self.create(vals_list)
        found._tell()
        return found

    def _get_told(self):
        """Return ``{(product, lot or None, location): difference}`` as last told."""
        return {
            (one.product_id.id, one.lot_id.id or None, one.location_id.id): one.difference
            for one in self.search([], order="id")
        }

    def _tell(self):
        """Ask the quality managers to look into it."""
        managers = self.env.ref(MANAGER).all_user_ids
        for one in self.filtered("lot_id"):
            summary = self.env._(
                "%(lot)s in %(place)s: %(booked)s on the books, %(moved)s by its moves",
                lot=one.lot_id.name,
                place=one.location_id.display_name,
                booked=f"{one.booked_quantity:g}",
                moved=f"{one.moved_quantity:g}",
            )
            for manager in managers.filtered(
                lambda user, one=one: one.company_id in user.company_ids or not one.company_id
            ):
                one.lot_id.activity_schedule(
                    "mail.mail_activity_data_warning", summary=summary, user_id=manager.id
                )
