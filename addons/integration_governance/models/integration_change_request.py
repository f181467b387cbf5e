from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.snapshot import moved_on


class IntegrationChangeRequest(models.Model):
    """What somebody wants to change in the configuration, and who decided about it."""

    _name = "integration.change.request"
    _inherit = ["mail.thread"]
    _description = "Configuration Change"
    _order = "state desc, id desc"

    name = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    state = fields.Selection(
        [
            ("waiting", "Waits for approval"),
            ("withdrawn", "Withdrawn"),
            ("rejected", "Rejected"),
            ("applied", "In force"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        tracking=True,
        index=True,
    )
    vals = fields.Json(string="Values", required=True, readonly=True)
    before = fields.Json(required=True, readonly=True)
    after = fields.Json(required=True, readonly=True)
    difference = fields.Html(compute="_compute_difference", sanitize=False)
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    author_ids = fields.Many2many("res.users", string="Drafted by", readonly=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    may_approve = fields.Boolean(compute="_compute_may_approve")

    _record_index = models.Index("(res_model, res_id)")

    @api.depends("before", "after")
    def _compute_difference(self):
        for change in self:
            change.difference = self.env["integration.version"]._render(
                change.before, change.after
            )

    @api.depends_context("uid")
    @api.depends("author_ids", "requested_by", "state")
    def _compute_may_approve(self):
        approver = self.env.user.has_group(
            "integration_core.integration_core_group_approver"
        )
        for change in self:
            change.may_approve = (
                approver
                and change.state == "waiting"
                and self.env.user not in change.author_ids | change.requested_by
            )

    def action_approve(self):
        """Put it into force. Whoever drafted it cannot.

        :raises AccessError: for authors and for who is no approver.
        :raises UserError: when it is decided, or the record changed since.
        """
        for change in self:
            change._check_decidable()
            if self.env.user in change.author_ids | change.requested_by:
                raise AccessError(
                    self.env._(
                        "You had a hand in '%s': a second person approves it.",
                        change.name,
                    )
                )
            change._apply()

    def action_reject(self):
        for change in self:
            change._check_decidable()
        self._decide("rejected")

    def action_withdraw(self):
        """Take one's own change back."""
        for change in self:
            change.check_access("read")
            if change.state != "waiting" or change.requested_by != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only who asked for a change takes it back, while it waits."
                    )
                )
        self._decide("withdrawn")

    def _check_decidable(self):
        self.check_access("read")
        self.env["integration.governed.mixin"]._check_can_decide()
        # Two approvers at once: the second one waits here and finds it decided.
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state != "waiting":
            raise UserError(self.env._("'%s' is decided already.", self.name))

    def _apply(self):
        record = self._get_record()
        stale = moved_on(self.before, record._snapshot(), self.after)
        if stale:
            raise UserError(
                self.env._(
                    "'%(name)s' was changed since this was drafted: %(fields)s. Reject it, "
                    "and have it drafted again.",
                    name=self.name,
                    fields=", ".join(stale),
                )
            )
        self._decide("applied")
        # Approved by a second person: from here it is the same as a module's own data.
        record.sudo().with_context(integration_change_request_id=self.id).write(
            self.vals
        )
        record.sudo().author_ids = [fields.Command.clear()]

    def _get_record(self):
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("What '%s' is about was deleted.", self.name))
        return record

    def _decide(self, state):
        # People decide with the buttons above and cannot write the row.
        self.sudo().write(
            {
                "state": state,
                "decided_by": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
