from datetime import timedelta

from odoo import api, fields, models

from ..lib.queue_summary import Case, summarize

LOOK_BACK_DAYS = 28
URGENT_SHOWN = 5


class IntegrationExceptionSummary(models.TransientModel):
    """The exception queue for the morning meeting: what is open, for how long, whose."""

    _name = "integration.exception.summary"
    _description = "Exception Queue Summary"

    content = fields.Html(compute="_compute_content", sanitize=False)

    def _compute_display_name(self):
        self.display_name = self.env._("Queue summary")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_content(self):
        for summary in self:
            summary.content = self.env["ir.qweb"]._render(
                "integration_core.exception_summary", summary._prepare_values()
            )

    def _prepare_values(self):
        """Return what the page shows, of the exceptions this person may see."""
        now = fields.Datetime.now()
        exceptions = self.env["integration.exception"].search(
            [
                "|",
                ("state", "=", "open"),
                ("create_date", ">=", now - timedelta(days=LOOK_BACK_DAYS)),
            ]
        )
        return {
            "lines": summarize([self._read(one) for one in exceptions], now=now),
            "urgent": exceptions.filtered(lambda e: e.state == "open").sorted(
                lambda e: (-int(e.priority), e.deadline or now)
            )[:URGENT_SHOWN],
            "unowned_count": len(
                exceptions.filtered(lambda e: e.state == "open" and not e.user_id)
            ),
        }

    def _read(self, exception):
        return Case(
            group=exception.kind_id.name,
            opened_at=exception.create_date,
            resolved_at=exception.resolved_at or None,
            message_count=exception.delivery_count,
            is_overdue=exception.is_overdue,
        )
