from odoo import fields, models
from odoo.exceptions import AccessError


class IntegrationException(models.Model):
    """A message that would write what its system does not own."""

    _inherit = "integration.exception"

    kind_code = fields.Char(related="kind_id.code")

    def action_allow_write(self):
        """Let what waits here write it, this once; the rule stays."""
        self._check_open()
        manager = "integration_core.integration_core_group_manager"
        if not self.env.user.has_group(manager):
            raise AccessError(
                self.env._(
                    "Only integration managers let a system write what it does not own."
                )
            )
        waiting = self.delivery_ids.filtered(lambda d: d.state == "parked")
        # The work list is the engine's; who decided stands in the attempts.
        waiting.sudo().ownership_waived = True
        self._release(self.env._("Allowed by %s.", self.env.user.name))
