from odoo import api, models

from .quality_inspection import MANAGER


class LotDispositionPermit(models.Model):
    _inherit = "lot.disposition.permit"

    @api.model
    def _get_releasable(self, holder, product):
        """What is still inspected is released by its pass, or by the quality manager."""
        releasable = super()._get_releasable(holder, product)
        if self.env.user.has_group(MANAGER):
            return releasable
        # An inspection holds goods for everybody, whoever may read it.
        inspections = self.env["quality.inspection"].sudo()
        waiting = inspections._find_open_in_place(holder, product)
        return releasable - sum(waiting.mapped("quantity"))

    def _on_granted(self):
        result = super()._on_granted()
        # The review decided it; whoever approves the release last need not be in it.
        self.env["quality.nonconformance.decision"].sudo()._on_released(self)
        return result
