from odoo import api, fields, models
from odoo.exceptions import UserError


class IntegrationSettleWizard(models.TransientModel):
    """Closes an exception with the document that somebody posted in its place."""

    _name = "integration.settle.wizard"
    _description = "Posted by Hand"

    exception_id = fields.Many2one(
        "integration.exception", required=True, readonly=True
    )
    waiting_count = fields.Integer(related="exception_id.delivery_count")
    document = fields.Reference(
        selection="_selection_document", help="What was made by hand, if it is in Odoo."
    )
    note = fields.Char(help="What was done, and where.")

    @api.model
    def _selection_document(self):
        # Names of models only; the document itself is read as the user.
        models_seen = (
            self.env["ir.model"]
            .sudo()
            .search([("transient", "=", False), ("is_mail_thread", "=", True)])
        )
        return [
            (model.model, model.name)
            for model in models_seen
            if self.env[model.model].has_access("read")
        ]

    def action_settle(self):
        """Settle what waits; it is not run again."""
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(
                self.env._("Say what was done: it is kept for the auditor.")
            )
        exception = self.exception_id
        waiting = exception._get_waiting()
        exception._check_open()
        name = self.document.display_name if self.document else ""
        exception._close(
            self.env._(
                "Posted by hand by %(user)s: %(note)s %(document)s",
                user=self.env.user.name,
                note=self.note,
                document=name,
            ).strip()
        )
        waiting.action_resolve(self.note)
        if self.document:
            # Operators decide through buttons; the work list is the engine's.
            waiting.sudo().write(
                {"res_model": self.document._name, "res_id": self.document.id}
            )
        return {"type": "ir.actions.act_window_close"}
