from odoo import fields, models

from ..lib.playbook import Step


class IntegrationPlaybookRunStep(models.Model):
    """One step of a run: what it is, and how far it got."""

    _name = "integration.playbook.run.step"
    _inherit = ["integration.playbook.step.mixin"]
    _description = "Step of a Playbook's Run"

    run_id = fields.Many2one(
        "integration.playbook.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    state = fields.Selection(
        [
            ("pending", "To do"),
            ("done", "Done"),
            ("skipped", "Skipped"),
            ("failed", "Failed"),
            ("undone", "Undone"),
        ],
        required=True,
        default="pending",
    )
    attempt_count = fields.Integer(string="Failed attempts", default=0)
    is_delayed = fields.Boolean(help="Its waiting time has been counted.")
    finished_at = fields.Datetime()
    last_error = fields.Text()
    result = fields.Char()

    def _get_step(self):
        """Return this step as ``lib.playbook.Step``."""
        self.ensure_one()
        return Step(
            state=self.state,
            attempts=self.attempt_count,
            max_attempts=self.max_attempts,
            on_failure=self.on_failure,
            can_undo=self._can_undo(),
            by_person=self.kind == "person",
        )
