from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _explain_gap(self, gap):
        """Return what a gap in a mass balance means, as a sentence."""
        self.ensure_one()
        unit = self.uom_id
        if unit.is_zero(gap):
            return self.env._("Balanced.")
        amount = f"{abs(unit.round(gap)):g} {unit.name}"
        if gap > 0:
            return self.env._(
                "%s are missing: stock was lowered past the stock moves.", amount
            )
        return self.env._(
            "%s too many on hand: stock was raised past the stock moves.", amount
        )
