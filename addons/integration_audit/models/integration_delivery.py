from odoo import models


class IntegrationDelivery(models.Model):
    """Results and errors may repeat what a policy hides."""

    _name = "integration.delivery"
    _inherit = ["integration.delivery", "integration.redacted.mixin"]
    _redacted_fields = ("payload", "result", "last_error")

    def _get_redacted_message(self):
        return self.message_id
