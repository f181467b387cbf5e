from odoo import api, fields, models
from odoo.exceptions import UserError


class IntegrationRestart(models.Model):
    """After downtime: systems are let go on one after the other, in a stated sequence.

    While it waits for its turn, a system's messages are taken in and stay pending;
    nothing is worked off for it or sent to it. Its turn comes once those before it have
    worked off their backlog, or had the time that they were given.
    """

    _name = "integration.restart"
    _inherit = ["mail.thread", "integration.own.company.mixin"]
    _description = "Restart in Sequence"
    _order = "id desc"

    name = fields.Char(string="Occasion", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("paused", "Everything waits"),
            ("running", "Going on"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        tracking=True,
    )
    step_ids = fields.One2many(
        "integration.restart.step", "restart_id", string="Sequence"
    )

    def action_add_systems(self):
        """Add every active system of the company that is not in the sequence yet."""
        self.ensure_one()
        missing = self.env["integration.system"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "active")]
        )
        missing -= self.step_ids.system_id
        last = max(self.step_ids.mapped("sequence"), default=0)
        self.step_ids = [
            fields.Command.create(
                {"system_id": system.id, "sequence": last + number + 1}
            )
            for number, system in enumerate(missing)
        ]

    def action_pause(self):
        """Let everything in the sequence wait from now on."""
        self._require("draft")
        if not self.step_ids:
            raise UserError(self.env._("Add the systems in the sequence of their turn."))
        self.step_ids._wait()
        self.state = "paused"

    def action_start(self):
        """Let the first ones go on."""
        self._require("draft", "paused")
        if self.state == "draft":
            self.action_pause()
        self.state = "running"
        self._advance()

    def action_cancel(self):
        """Let everything go on at once."""
        self._require("draft", "paused", "running")
        self.step_ids.filtered(lambda s: s.state in ("waiting", "running"))._let_go()
        self.state = "cancelled"

    def _require(self, *states):
        self.ensure_one()
        self.lock_for_update()
        if self.state not in states:
            raise UserError(self.env._("This restart has gone on in the meantime."))

    @api.model
    def _cron_advance(self):
        for restart in self.search([("state", "=", "running")]):
            restart._advance()
            self.env["ir.cron"]._commit_progress(1)

    def _advance(self):
        """Let those go on whose turn it is; steps of the same number go together."""
        self.ensure_one()
        for step in self.step_ids.filtered(lambda s: s.state == "running"):
            step._finish_if_over()
        while not self.step_ids.filtered(lambda s: s.state == "running"):
            waiting = self.step_ids.filtered(lambda s: s.state == "waiting")
            if not waiting:
                self.state = "done"
                return
            turn = min(waiting.mapped("sequence"))
            for step in waiting.filtered_domain([("sequence", "=", turn)]):
                step._let_go()
                step._finish_if_over()
