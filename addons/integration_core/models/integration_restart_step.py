from datetime import timedelta

from odoo import fields, models


class IntegrationRestartStep(models.Model):
    """One system's turn."""

    _name = "integration.restart.step"
    _inherit = "integration.own.company.mixin"
    _description = "Step of a Restart"
    _order = "restart_id, sequence, id"

    restart_id = fields.Many2one(
        "integration.restart", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="restart_id.company_id", store=True)
    sequence = fields.Integer(
        string="Turn", default=1, help="Systems of the same turn go on together."
    )
    system_id = fields.Many2one(
        "integration.system",
        required=True,
        ondelete="cascade",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
    )
    patience_minutes = fields.Integer(
        default=60,
        required=True,
        help="The next ones do not wait longer than this for its backlog.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waits"),
            ("running", "Works off its backlog"),
            ("done", "Done"),
            ("overdue", "Still has a backlog"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    backlog_count = fields.Integer(compute="_compute_backlog_count", string="Backlog")

    _once = models.Constraint(
        "UNIQUE(restart_id, system_id)", "A system has one turn in a restart."
    )
    _patience_positive = models.Constraint(
        "CHECK(patience_minutes > 0)", "The patience is a minute at least."
    )

    def _compute_backlog_count(self):
        groups = self.env["integration.delivery"]._read_group(
            [
                ("system_id", "in", self.system_id.ids),
                ("state", "in", ("pending", "retry", "running")),
            ],
            ["system_id"],
            ["__count"],
        )
        counts = {system.id: count for system, count in groups}
        for step in self:
            step.backlog_count = counts.get(step.system_id.id, 0)

    def _wait(self):
        self.system_id._pause_work()
        self.write({"state": "waiting"})

    def _let_go(self):
        self.system_id._resume_work()
        self.write({"state": "running", "started_at": fields.Datetime.now()})

    def _finish_if_over(self):
        """End this turn when the backlog is gone, or the patience with it."""
        self.ensure_one()
        now = fields.Datetime.now()
        overdue = self.started_at + timedelta(minutes=self.patience_minutes) <= now
        if not self.backlog_count or overdue:
            state = "overdue" if self.backlog_count else "done"
            self.write({"state": state, "finished_at": now})
