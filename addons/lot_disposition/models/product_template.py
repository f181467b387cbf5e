from odoo import fields, models
from odoo.fields import Domain

from ..exceptions import LotOnHoldError
from .product_category import PEOPLE, check_not_relaxed

# Without these there are no lots or no stock, and nothing could be held.
TRACKING_FIELDS = {"tracking", "is_storable", "type"}
RULE_FIELDS = {"release_people", "release_signature", "categ_id"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    held_qty = fields.Float(
        string="On Hold",
        compute="_compute_held_qty",
        digits="Product Unit",
        help="On hand, but may not be consumed or shipped.",
    )
    release_people = fields.Selection(
        PEOPLE,
        string="Released by",
        help="How many people it takes to release a lot, or to grant a permit for one. "
        "Empty: as the product category says.",
    )
    release_signature = fields.Boolean(
        string="Release Needs a Signature",
        help="Whoever releases a lot enters the password again and says what the "
        "signature means.",
    )

    def _compute_held_qty(self):
        for template in self:
            template.held_qty = sum(template.product_variant_ids.mapped("held_qty"))

    def write(self, vals):
        if TRACKING_FIELDS & vals.keys():
            changed = self.filtered(
                lambda template: any(
                    template[name] != vals[name] for name in TRACKING_FIELDS & vals.keys()
                )
            )
            changed._check_nothing_held()
        if not RULE_FIELDS & vals.keys():
            return super().write(vals)
        before = [template._get_release_rule() for template in self]
        result = super().write(vals)
        check_not_relaxed(self, before)
        return result

    def _check_nothing_held(self):
        """Stock on hold would be free if its product were no longer tracked.

        :raises LotOnHoldError: names the first goods on hold.
        """
        # What an archived variant left in stock is tracked by its product as well.
        variants = self.with_context(active_test=False).product_variant_ids
        Quant = self.env["stock.quant"].sudo()  # held for the company, whoever reads it
        quant = Quant.search(
            Domain("product_id", "in", variants.ids)
            & Domain("location_id.usage", "in", ("internal", "transit"))
            & Quant._get_held_domain(),
            limit=1,
        )
        if quant:
            raise LotOnHoldError(
                self.env._(
                    "%(product)s has stock on hold (%(goods)s): how it is tracked stays as "
                    "it is until quality has decided about that.",
                    product=quant.product_id.display_name,
                    goods=(quant.lot_id or quant.location_id).display_name,
                )
            )

    def _get_release_rule(self):
        """Return (number of people, whether each signs) for releasing a lot.

        What the product says goes before what its category says.
        """
        self.ensure_one()
        people, signature = self.categ_id._get_release_rule()
        if self.release_people:
            people = 2 if self.release_people == "two" else 1
        return people, signature or self.release_signature

    def _is_released_by_one(self):
        """Tell whether one person's word releases it, without a signature."""
        return self._get_release_rule() == (1, False)
