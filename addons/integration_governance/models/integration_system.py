from odoo import models


class IntegrationSystem(models.Model):
    """Nobody takes a system out of production alone, to change it with two eyes."""

    _name = "integration.system"
    _inherit = ["integration.system", "integration.governed.mixin"]
    _governed_fields = ("environment",)
    _key_fields = ("code",)

    def _get_governed_system(self):
        return self

    def _get_system_of(self, vals):
        return self.browse()

    def _draft(self, vals):
        # A new system harms nobody: it has no scopes, no secrets, no contracts yet.
        vals.pop("author_ids", None)

    def _needs_change(self, vals):
        if self.env.su or not self._asks_four_eyes(self):
            return False
        return vals.get("environment", self.environment) != self.environment

    def _is_in_force(self):
        return self.environment == "production"
