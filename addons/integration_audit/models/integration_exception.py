from odoo import api, models


class IntegrationException(models.Model):
    """Everybody who works on it reads why: without what the message's policy hides."""

    _inherit = "integration.exception"

    @api.model
    def _get_shown_text(self, delivery, error):
        text = super()._get_shown_text(delivery, error)
        return delivery.message_id._hide_from_all(text)
