from odoo import api, models
from odoo.fields import Domain

PURCHASE_ORDER = "po"


class TraceabilityLotEvent(models.Model):
    """What was bought happened under a purchase order."""

    _inherit = "traceability.lot.event"

    def _find_orders(self):
        found = super()._find_orders()
        # sudo: who may read the ledger may know the number of the order in it.
        for event in self.sudo():
            order = event.move_line_id.move_id.purchase_line_id.order_id
            if order:
                found.setdefault(event, []).append((PURCHASE_ORDER, order.name))
        return found

    @api.model
    def _get_order_domain(self, kind, number):
        found = super()._get_order_domain(kind, number)
        if kind != PURCHASE_ORDER:
            return found
        # sudo: the number is known to who asks; which rows are found is up to the rules.
        lines = self.env["purchase.order.line"].sudo()
        lines = lines.search([("order_id.name", "=", number)]).move_ids.move_line_ids
        own = Domain("move_line_id", "in", lines.ids)
        # In two, for the two indexes of a line's rows.
        correction = Domain("kind", "=", "correction")
        return found | (own & correction) | (own & ~correction)
