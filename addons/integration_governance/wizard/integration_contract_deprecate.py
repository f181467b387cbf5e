from odoo import fields, models
from odoo.exceptions import UserError


class IntegrationContractDeprecate(models.TransientModel):
    """Announces the end of versions of contracts, with the day on which they end."""

    _name = "integration.contract.deprecate"
    _description = "Deprecation of Contracts"

    contract_ids = fields.Many2many("integration.contract", required=True)
    sunset_at = fields.Datetime(
        string="Ends at",
        required=True,
        default=lambda self: self.env["integration.contract"]._get_default_sunset(),
        help="Callers read it in the header Sunset; from then on the version is retired.",
    )
    caller_text = fields.Text(
        compute="_compute_caller_text", string="Still on it, last 30 days"
    )

    def _compute_caller_text(self):
        for wizard in self:
            wizard.caller_text = "\n".join(
                filter(None, wizard.contract_ids.mapped("caller_text"))
            )

    def action_deprecate(self):
        """Announce it, or draft that where a second person is asked for."""
        self.ensure_one()
        if self.sunset_at <= fields.Datetime.now():
            raise UserError(self.env._("The end is announced before it comes."))
        active = self.contract_ids.filtered(lambda c: c.state == "active")
        active.write({"state": "deprecated", "sunset_at": self.sunset_at})
