from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """How strictly a supplier is inspected follows from its ledger, which stays.

        :raises UserError: names the supplier that others can be merged into.
        """
        # A ledger is never edited, whoever merges and may read it.
        entry = (
            self.env["quality.sampling.entry"]
            .sudo()
            .search([("partner_id", "in", src_partners.ids)], limit=1)
        )
        if entry:
            raise UserError(
                self.env._(
                    "%s has a sampling history, which is never edited. Merge the others "
                    "into it, or archive what is no longer used.",
                    entry.partner_id.display_name,
                )
            )
        return super()._update_foreign_keys(src_partners, dst_partner)
