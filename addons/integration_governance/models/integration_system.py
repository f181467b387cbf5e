from odoo import models


class IntegrationSystem(models.Model):
    """Nobody alone takes a system into production, or out of it to change it there."""

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
        wanted = vals.get("environment", self.environment)
        if self.env.su or wanted == self.environment:
            return False
        goes_live = wanted == "production" and self._get_four_eyes() == "production"
        return goes_live or self._asks_four_eyes(self)

    def _is_in_force(self):
        return self.environment == "production"
