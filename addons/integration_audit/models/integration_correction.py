from odoo import models


class IntegrationCorrection(models.Model):
    """What somebody corrected holds what the message holds."""

    _name = "integration.correction"
    _inherit = ["integration.correction", "integration.redacted.mixin"]
    _redacted_fields = ("before", "after")

    def _get_redacted_message(self):
        return self.delivery_id.message_id
