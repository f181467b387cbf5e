from odoo import api, models
from odoo.exceptions import UserError

from ..lib.redaction import RedactionError, complete


class IntegrationCorrectionWizard(models.TransientModel):
    """Corrects what is not hidden; the rest stays as it came, unseen."""

    _inherit = "integration.correction.wizard"

    @api.model
    def _show_payload(self, delivery):
        message = delivery.message_id.with_env(self.env)
        return message._hide(super()._show_payload(delivery))

    @api.model
    def _complete_payload(self, delivery, edited):
        edited = super()._complete_payload(delivery, edited)
        shown = self._show_payload(delivery)
        whole = delivery._get_own_payload()
        if shown == whole:
            return edited
        try:
            return complete(edited, shown, whole)
        except RedactionError as error:
            raise UserError(str(error)) from error
