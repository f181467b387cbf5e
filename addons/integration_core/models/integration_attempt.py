from odoo import api, fields, models
from odoo.tools import SQL

from ..log_fields import LogReference


class IntegrationAttempt(models.Model):
    """One try of a delivery, or one decision of a person about it. Never edited."""

    _name = "integration.attempt"
    _inherit = [
        "append.only.mixin",
        "integration.sealed.mixin",
        "integration.redacted.mixin",
    ]
    _description = "Attempt"
    _order = "id desc"
    _log_access = False
    _sealed_columns = (
        "delivery_id",
        "company_id",
        "number",
        "started_at",
        "ended_at",
        "milliseconds",
        "outcome",
        "http_status",
        "error_class",
        "error_code",
        "excerpt",
        "user_id",
    )
    # What the other side said may repeat what its policy hides.
    _redacted_fields = ("excerpt",)

    delivery_id = fields.Many2one(
        "integration.delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = LogReference("res.company", readonly=True)
    number = fields.Integer(readonly=True)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    milliseconds = fields.Integer(readonly=True)
    outcome = fields.Selection(
        [
            ("done", "Done"),
            ("ignored", "Ignored"),
            ("retry", "Failed, tried again"),
            ("dead", "Failed for good"),
            ("parked", "Waits for a decision"),
            ("interrupted", "Interrupted"),
            ("replayed", "Replayed"),
            ("released", "Released"),
            ("cancelled", "Cancelled"),
            ("resolved", "Settled by hand"),
        ],
        required=True,
        readonly=True,
    )
    http_status = fields.Integer(string="HTTP status", readonly=True)
    error_class = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    excerpt = fields.Text(
        readonly=True, help="What the other side or the handler said."
    )
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    def _get_redacted_message(self):
        return self.delivery_id.message_id

    def _get_written_at_sql(self):
        return SQL("COALESCE(ended_at, started_at)")

    @api.depends("delivery_id", "number")
    def _compute_display_name(self):
        for attempt in self:
            attempt.display_name = (
                f"{attempt.delivery_id.display_name} #{attempt.number}"
            )
