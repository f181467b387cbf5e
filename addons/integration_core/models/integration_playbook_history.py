from odoo import fields, models


class IntegrationPlaybookHistory(models.Model):
    """What happened in a run, line by line. Never edited."""

    _name = "integration.playbook.history"
    _inherit = ["append.only.mixin"]
    _description = "Playbook History"
    _order = "id"
    _rec_name = "what"

    run_id = fields.Many2one(
        "integration.playbook.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    step_id = fields.Many2one(
        "integration.playbook.run.step", readonly=True, ondelete="restrict"
    )
    what = fields.Selection(
        [
            ("started", "Started"),
            ("asked", "Waits for a person"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("skipped", "Skipped"),
            ("undone", "Undone"),
            ("held", "Held"),
            ("resumed", "Taken up again"),
            ("interrupted", "Interrupted"),
            ("finished", "Finished"),
            ("taken_back", "Taken back"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Text(readonly=True)
    milliseconds = fields.Integer(readonly=True)
