from odoo import api, models


class IntegrationSystem(models.Model):
    _inherit = "integration.system"

    @api.ondelete(at_uninstall=False)
    def _unlink_figures(self):
        """Delete the figures with their system: lists could not name it any more."""
        for model in ("hour", "total", "baseline"):
            # sudo: nobody may delete figures; whoever may delete the system, may.
            self.env[f"integration.flow.{model}"].sudo().search(
                [("system_id", "in", self.ids)]
            ).unlink()
