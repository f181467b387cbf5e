from datetime import timedelta

from odoo import api, fields, models

from ..comparison import Comparison

BATCH = 200


class IntegrationShadowRun(models.Model):
    """What one message would have done, and whether that happened by other means."""

    _name = "integration.shadow.run"
    _inherit = ["integration.redacted.mixin"]
    _description = "Shadow Run"
    _order = "id desc"
    _redacted_fields = ("effects", "effect_text", "failure")
    _rec_name = "order_key"

    delivery_id = fields.Many2one(
        "integration.delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    order_key = fields.Char(readonly=True, string="Business object")
    policy_id = fields.Many2one(
        "integration.policy", readonly=True, index=True, ondelete="set null"
    )
    system_id = fields.Many2one("integration.system", readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    ran_at = fields.Datetime(required=True, readonly=True)
    compare_at = fields.Datetime(required=True, readonly=True)
    effects = fields.Json(string="Would have done (data)", readonly=True)
    effect_text = fields.Text(compute="_compute_effect_text", string="Would have done")
    failure = fields.Text(readonly=True, string="Would have failed")
    state = fields.Selection(
        [
            ("waiting", "Waits for the existing flow"),
            ("same", "The same"),
            ("different", "Different"),
            ("failed", "Would fail"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    difference_ids = fields.One2many("integration.shadow.difference", "run_id")

    _waiting_index = models.Index("(compare_at) WHERE state = 'waiting'")

    @api.depends("effects")
    def _compute_effect_text(self):
        for run in self:
            run.effect_text = "\n".join(
                f"{effect['operation']} {effect['model']} {effect['name']}: "
                + ", ".join(
                    f"{field} {old} → {new}"
                    for field, (old, new) in effect["values"].items()
                )
                for effect in run.effects or ()
            )

    def _get_redacted_message(self):
        # What a run would have written repeats its message.
        return self.delivery_id.message_id

    @api.model
    def _keep(self, delivery, rehearsed):
        """Record a run that was undone; called in the transaction of its outcome."""
        policy = self.env["integration.policy"].browse(delivery._get_flow().policy_id)
        now = fields.Datetime.now()
        wait = timedelta(hours=policy.compare_after_hours)
        return self.create(
            {
                "delivery_id": delivery.id,
                "order_key": delivery.order_key or delivery.message_id.uuid,
                "policy_id": policy.id,
                "system_id": delivery.system_id.id,
                "company_id": delivery.company_id.id,
                "ran_at": now,
                "compare_at": now + wait,
                "effects": rehearsed.effects,
                "failure": rehearsed.failure,
                "state": "failed" if rehearsed.failure else "waiting",
            }
        )

    @api.model
    def _cron_compare(self):
        """Compare what is due with what the existing flow did meanwhile."""
        due = [("state", "=", "waiting"), ("compare_at", "<=", fields.Datetime.now())]
        self.search(due, limit=BATCH, order="compare_at")._compare()
        remaining = self.search_count(due)
        self.env["ir.cron"]._commit_progress(BATCH, remaining=remaining)

    def action_compare(self):
        """Compare now, in place of waiting for the night."""
        self.check_access("read")
        # Runs are the engine's; people look and decide about the flow.
        self.sudo()._compare()

    def _compare(self):
        for run in self.filtered(lambda r: r.state != "failed"):
            found = Comparison(run).find_differences()
            run.difference_ids = [
                fields.Command.clear(),
                *(fields.Command.create(vals) for vals in found),
            ]
            run.state = "different" if found else "same"
