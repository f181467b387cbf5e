from odoo import fields, models


class IntegrationCredentialWizard(models.TransientModel):
    """Makes a secret and shows it, this once. The secret itself is never stored."""

    _name = "integration.credential.wizard"
    _description = "New Credential"

    system_id = fields.Many2one("integration.system", required=True, readonly=True)
    kind = fields.Selection(
        [("hmac", "Signature (Standard Webhooks)"), ("bearer", "Bearer token")],
        required=True,
        default="bearer",
    )
    usage = fields.Selection(
        [("in", "The system sends with it"), ("out", "We send with it")],
        required=True,
        default="in",
    )
    overlap_days = fields.Integer(
        string="Days of overlap",
        default=7,
        help="So long secrets of the same kind stay valid beside the new one.",
    )

    def action_create(self):
        """Create the credential and open the form that shows its secret."""
        self.ensure_one()
        issued = self.system_id.issue_credential(
            self.kind, self.usage, overlap_days=self.overlap_days
        )
        # The form below is a new record that is never saved: closing it is the end.
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copy the secret now"),
            "res_model": "integration.credential.reveal",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_secret": issued["secret"],
                "default_address": self.system_id.inbound_url,
                "default_example": self._get_example(issued["secret"]),
            },
        }

    def _get_example(self, secret):
        """Return a curl command that works as pasted, for a bearer token."""
        if (self.kind, self.usage) != ("bearer", "in"):
            return False
        health = self.system_id.inbound_url
        return (
            f"curl -X POST '{health}' \\\n"
            f"  -H 'Authorization: Bearer {secret}' \\\n"
            "  -H 'Content-Type: application/cloudevents+json' \\\n"
            '  -d \'{"specversion": "1.0", "id": "hello-1", '
            f'"source": "/{self.system_id.code}", "type": "connection.tested", '
            '"data": {"text": "Hello, Odoo"}}\''
        )


class IntegrationCredentialReveal(models.TransientModel):
    """What the wizard shows; lives in the browser only."""

    _name = "integration.credential.reveal"
    _description = "New Secret"

    secret = fields.Char(readonly=True, store=False)
    address = fields.Char(readonly=True, store=False)
    example = fields.Text(readonly=True, store=False)
