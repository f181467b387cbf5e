from odoo import models

from .integration_seal_queries import MESSAGE_OF_DELIVERY


class IntegrationAttempt(models.Model):
    """Named after the message that it is about."""

    _inherit = "integration.attempt"

    def _get_row_name_sql(self):
        return MESSAGE_OF_DELIVERY
