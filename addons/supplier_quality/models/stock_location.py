from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _is_between_companies(self):
        """Tell whether Odoo moves goods of one company to another one over this place."""
        return self.usage == "transit" and not self.company_id

    def _get_way_out(self, use, product):
        # In a refusal people learn the number of the inspection they wait for.
        inspections = self.env["quality.inspection"].sudo()
        waiting = product and inspections._find_open_in_place(self, product)
        if waiting:
            return self.env._(
                "%s is not decided yet: what passes it is moved out.",
                ", ".join(waiting.mapped("name")),
            )
        return super()._get_way_out(use, product)
