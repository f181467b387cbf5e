from odoo import api, fields, models

MANAGER = "integration_core.integration_core_group_manager"


class IntegrationSystem(models.Model):
    """Who answers for a system: hears of what nobody else was named for."""

    _inherit = "integration.system"

    responsible_id = fields.Many2one(
        "res.users",
        domain=[("share", "=", False)],
        default=lambda self: self._get_default_responsible(),
        tracking=True,
        help="Owns exceptions that no rule gives to anybody, and hears of secrets that "
        "end. Empty: every integration manager.",
    )

    @api.model
    def _get_default_responsible(self):
        """Return whoever connects it; nobody for what modules and engines make."""
        user = self.env.user
        return user.browse() if self.env.su or user.share else user

    def _get_responsibles(self):
        """Return who hears of a matter of this system."""
        self.ensure_one()
        return self.responsible_id or self._find_managers(self.company_id)

    @api.model
    def _find_managers(self, company):
        """Return the integration managers who work for a company."""
        # Who manages integrations is no secret; machines ask for it too.
        managers = self.env.ref(MANAGER).sudo().all_user_ids
        return managers.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
