from odoo import models


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """Refuse what is on hold before it is paid and handed over."""
        if not draft:
            self.lines._check_nothing_held()
        return super()._process_saved_order(draft)

    def action_pos_order_paid(self):
        self.lines._check_nothing_held()
        return super().action_pos_order_paid()
