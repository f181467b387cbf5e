from odoo import models


class MrpUnbuild(models.Model):
    _name = "mrp.unbuild"
    _inherit = ["mrp.unbuild", "traceability.source.mixin"]

    def _get_trace_kind(self):
        return "unbuild"

    def _get_trace_moves(self):
        return self.produce_line_ids | self.consume_line_ids

    def _goes_on(self, product_id):
        """Components come out of the product; a by-product just ends here."""
        return product_id == self.product_id.id
