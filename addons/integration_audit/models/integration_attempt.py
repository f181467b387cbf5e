from odoo import models
from odoo.tools import SQL


class IntegrationAttempt(models.Model):
    """What the other side said may repeat what its policy hides."""

    _name = "integration.attempt"
    _inherit = ["integration.attempt", "integration.redacted.mixin"]
    _redacted_fields = ("excerpt",)

    def _get_row_name_sql(self):
        return SQL(
            "(SELECT message.uuid::uuid FROM integration_delivery delivery"
            " JOIN integration_message message ON message.id = delivery.message_id"
            " WHERE delivery.id = delivery_id)"
        )

    def _get_redacted_message(self):
        return self.delivery_id.message_id
