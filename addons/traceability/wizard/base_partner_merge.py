from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Who received or delivered a lot stands in its ledger, which stays.

        :raises UserError: names the contact that others can be merged into.
        """
        # A ledger is never edited, whoever merges and may read it.
        event = self.env["traceability.lot.event"].sudo()
        event = event.search([("partner_id", "in", src_partners.ids)], limit=1)
        if event:
            raise UserError(
                self.env._(
                    "%s stands in the lot ledger, which is never edited. Merge the others "
                    "into it, or archive what is no longer used.",
                    event.partner_id.display_name,
                )
            )
        return super()._update_foreign_keys(src_partners, dst_partner)
