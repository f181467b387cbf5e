from odoo import api, models
from odoo.tools import SQL

from ..lib import redaction


class IntegrationMessage(models.Model):
    """What people see of a payload: without the members that its policy hides."""

    _inherit = "integration.message"

    def _get_row_name_sql(self):
        return SQL("CASE WHEN uuid ~ '^[0-9a-f-]{36}$' THEN uuid::uuid END")

    def _hide(self, value):
        rules = self._get_redaction_rules() if self else ()
        return self._redact_value(value, rules) if rules else value

    def _hide_from_all(self, value):
        """Return a text or JSON value without what any policy hides, whoever asks."""
        # Which members are hidden is no secret: the paths alone leave the policies.
        rules = self.sudo()._find_redaction_rules()
        return self._redact_value(value, rules) if rules else value

    @api.depends_context("uid")
    def _compute_payload_text(self):
        result = super()._compute_payload_text()
        for message in self:
            rules = message._get_redaction_rules()
            if rules:
                hidden = message._redact_value(message.payload, rules)
                message.payload_text = redaction.write(hidden)
                if message.problem:
                    message.problem_text = redaction.write(
                        message._redact_value(message.problem, rules)
                    )
        return result
