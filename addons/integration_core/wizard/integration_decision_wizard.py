from odoo import api, fields, models


class IntegrationDecisionWizard(models.TransientModel):
    """Asks why deliveries are cancelled or settled by hand."""

    _name = "integration.decision.wizard"
    _description = "Reason of a Decision"

    decision = fields.Selection(
        [("cancel", "Cancel"), ("resolve", "Settle by hand")],
        required=True,
        readonly=True,
    )
    delivery_ids = fields.Many2many("integration.delivery", readonly=True)
    exception_id = fields.Many2one("integration.exception", readonly=True)
    delivery_count = fields.Integer(compute="_compute_delivery_count", string="Messages")
    reason = fields.Char(help="Kept with each of them for the auditor.")

    @api.depends("delivery_ids", "exception_id")
    def _compute_delivery_count(self):
        for wizard in self:
            waiting = wizard.exception_id._get_waiting() or wizard.delivery_ids
            wizard.delivery_count = len(waiting)

    @api.model
    def _open(self, vals):
        """Return the action that asks, ``vals`` being what was chosen."""
        wizard = self.create(vals)
        labels = dict(self._fields["decision"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": labels[wizard.decision],
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Decide, for the reason given."""
        self.ensure_one()
        chosen = self.exception_id or self.delivery_ids
        if self.decision == "resolve":
            chosen.action_resolve(self.reason)
        elif self.exception_id:
            chosen.action_skip(self.reason)
        else:
            chosen.action_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
