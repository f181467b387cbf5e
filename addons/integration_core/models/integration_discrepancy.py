from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.reconciliation import DEFAULT_MEASURE, KEY_COLUMNS

OPEN_STATES = ("open", "approved")
DIGITS_SHOWN = 6


class IntegrationDiscrepancy(models.Model):
    """One figure that Odoo and another system do not agree about.

    It stays one record over the nights, until it is corrected or gone. One that was
    dismissed stays so while the difference is the same; another difference opens it
    anew, with its age and its trend. It comes out of one SQL statement, see
    ``integration_reconciliation_queries.compare``.
    """

    _name = "integration.discrepancy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Discrepancy"
    _order = "state, first_seen_at, id"
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name", store=True)
    run_id = fields.Many2one(
        "integration.reconciliation",
        string="Last seen in",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    domain_id = fields.Many2one(
        "integration.reconciliation.domain",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    system_id = fields.Many2one(
        "integration.system", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    scope = fields.Char(readonly=True)
    key_1 = fields.Integer(required=True, readonly=True, default=0)
    key_2 = fields.Integer(required=True, readonly=True, default=0)
    key_3 = fields.Integer(required=True, readonly=True, default=0)
    key_4 = fields.Integer(required=True, readonly=True, default=0)
    measure = fields.Char(required=True, readonly=True, default=DEFAULT_MEASURE)
    ours = fields.Float(string="In Odoo", digits=0, readonly=True)
    theirs = fields.Float(string="Other system", digits=0, readonly=True)
    difference = fields.Float(
        digits=0, readonly=True, help="Ours less theirs: above zero, Odoo has too much."
    )
    previous_difference = fields.Float(
        digits=0, readonly=True, help="At the reconciliation before, if it was there."
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("approved", "Approved"),
            ("corrected", "Corrected"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
    )
    first_seen_at = fields.Datetime(required=True, readonly=True)
    last_seen_at = fields.Datetime(required=True, readonly=True)
    seen_count = fields.Integer(string="Seen", readonly=True, default=1)
    age_days = fields.Integer(string="Age (days)", compute="_compute_age_days")
    user_id = fields.Many2one("res.users", string="Owner", tracking=True)
    resolution = fields.Char(tracking=True, help="What was found and what was done.")
    resolved_at = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    trend = fields.Selection(
        [
            ("new", "New"),
            ("growing", "Growing"),
            ("steady", "Steady"),
            ("shrinking", "Shrinking"),
        ],
        compute="_compute_trend",
    )
    proposal = fields.Char(
        compute="_compute_proposal",
        string="Proposed correction",
        help="What applying the correction does in Odoo; empty: it is made by hand.",
    )
    applied_at = fields.Datetime(readonly=True, help="When Odoo made the correction.")

    _one_known_index = models.UniqueIndex(
        "(domain_id, system_id, key_1, key_2, key_3, key_4, measure)"
        " WHERE state IN ('open', 'approved', 'dismissed')"
    )

    _applied_index = models.Index(
        "(domain_id, system_id, key_1, key_2, key_3, key_4, measure)"
        " WHERE applied_at IS NOT NULL"
    )

    @api.depends("difference", "previous_difference", "seen_count")
    def _compute_trend(self):
        for discrepancy in self:
            before, now = (
                abs(discrepancy.previous_difference),
                abs(discrepancy.difference),
            )
            discrepancy.trend = (
                "new"
                if discrepancy.seen_count < 2
                else "growing"
                if now > before
                else "shrinking"
                if now < before
                else "steady"
            )

    @api.depends("state", "difference", "domain_id")
    def _compute_proposal(self):
        self.proposal = False
        for discrepancy in self.filtered(lambda d: d.state in OPEN_STATES):
            source = discrepancy.domain_id._get_source()
            discrepancy.proposal = source._propose_correction(discrepancy)

    @api.depends("domain_id", *KEY_COLUMNS)
    def _compute_name(self):
        for domain, discrepancies in self.grouped("domain_id").items():
            names = domain._get_source()._describe_keys(discrepancies) if domain else {}
            for discrepancy in discrepancies:
                discrepancy.name = names.get(discrepancy.id)

    @api.depends("first_seen_at", "resolved_at")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for discrepancy in self:
            until = discrepancy.resolved_at or now
            since = discrepancy.first_seen_at or until
            discrepancy.age_days = max(0, (until - since).days)

    @api.model
    def _on_compared(self, found_ids, gone_ids):
        """Let the ORM know what the comparison wrote; computes what hangs on the keys."""
        self.invalidate_model()
        found = self.browse(found_ids)
        found.modified(KEY_COLUMNS)
        found.filtered(lambda d: d.state == "open" and d.resolved_at)._reopen()
        return found + self.browse(gone_ids)

    def _reopen(self):
        """Ask for a new decision on what was dismissed and is another difference now."""
        for discrepancy in self:
            discrepancy.message_post(
                body=self.env._(
                    "Dismissed with a difference of %(before)s (%(reason)s); now it is "
                    "%(now)s.",
                    before=round(discrepancy.previous_difference, DIGITS_SHOWN),
                    reason=discrepancy.resolution,
                    now=round(discrepancy.difference, DIGITS_SHOWN),
                )
            )
        self.write({"resolved_at": False, "resolution": False})

    def write(self, vals):
        """Keep what the engine found and what was decided from being edited.

        :raises AccessError: for read-only fields, outside of the buttons.
        """
        decided = any(
            name in vals and field.readonly for name, field in self._fields.items()
        )
        if decided and not self.env.su:
            raise AccessError(
                self.env._(
                    "What a reconciliation found is not edited. Use the buttons to decide."
                )
            )
        return super().write(vals)

    def action_approve(self):
        """Agree that it is to be corrected; an approver's decision."""
        self._check_decision(
            "integration_core.integration_core_group_approver", ("open",)
        )
        # Nobody edits a state; whoever passes the check above may change it like this.
        self.sudo().write({"state": "approved", "approved_by_id": self.env.uid})

    def action_mark_corrected(self):
        """Say that an approved correction was made; the next night will tell."""
        self._check_decision(
            "integration_core.integration_core_group_operator", ("approved",)
        )
        # See action_approve.
        self.sudo().write({"state": "corrected", "resolved_at": fields.Datetime.now()})

    def action_apply(self):
        """Make the corrections that were approved, each exactly once.

        They are made with the user's own rights on the documents.
        """
        self._check_decision(
            "integration_core.integration_core_group_operator", ("approved",)
        )
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        # Somebody else may have been faster while the lock was waited for.
        self._check_decision(
            "integration_core.integration_core_group_operator", ("approved",)
        )
        for discrepancy in self:
            text = discrepancy.domain_id._get_source()._apply_correction(discrepancy)
            # See action_approve.
            discrepancy.sudo().write(
                {
                    "state": "corrected",
                    "resolution": text,
                    "resolved_at": fields.Datetime.now(),
                    "applied_at": fields.Datetime.now(),
                }
            )

    def action_dismiss(self):
        """Say that there is nothing to correct, and why."""
        self._check_decision(
            "integration_core.integration_core_group_operator", OPEN_STATES
        )
        if any(not discrepancy.resolution for discrepancy in self):
            raise UserError(
                self.env._(
                    "Write down in the field Resolution why nothing has to be corrected."
                )
            )
        # See action_approve.
        self.sudo().write({"state": "dismissed", "resolved_at": fields.Datetime.now()})

    def _check_decision(self, group, states):
        self.check_access("read")
        if not self.env.user.has_group(group):
            # Groups are administrators' to read; its name is all that leaves here.
            raise AccessError(
                self.env._(
                    "This decision is reserved for the group '%s'.",
                    self.env.ref(group).sudo().display_name,
                )
            )
        if any(discrepancy.state not in states for discrepancy in self):
            raise UserError(self.env._("This button does not apply in this state."))

    def action_open_run(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.reconciliation",
            "res_id": self.run_id.id,
            "view_mode": "form",
        }
