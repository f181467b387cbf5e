from odoo import api, fields, models

from ..lib.work import Work
from ..log_fields import LogReference
from ..wake import wake_lanes
from . import integration_delivery_queries as delivery_queries

FINAL_STATES = ("done", "ignored", "resolved", "cancelled")
WAITING_STATES = ("parked", "dead")


class IntegrationDelivery(models.Model):
    """The work of getting one message to one consumer. The only mutable row."""

    _name = "integration.delivery"
    _inherit = ["integration.redacted.mixin"]
    _description = "Delivery"
    _order = "id desc"
    _log_access = False
    # Results and errors may repeat what a policy hides.
    _redacted_fields = ("payload", "result", "result_text", "last_error")

    message_id = LogReference(
        "integration.message",
        required=True,
        readonly=True,
        index=False,  # _consumer_unique begins with it
        ondelete="restrict",
    )
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, readonly=True
    )
    system_id = LogReference("integration.system", readonly=True)
    endpoint_id = fields.Many2one(
        "integration.endpoint",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: handled inside Odoo.",
    )
    company_id = LogReference("res.company", required=True, readonly=True)
    contract_id = LogReference("integration.contract", readonly=True)
    contract_code = fields.Char(related="message_id.contract_code", string="Type")
    order_key = fields.Char(related="message_id.order_key")
    lane_id = LogReference("integration.lane", required=True, readonly=True)
    order_scope = fields.Char(
        readonly=True, help="Consumer and order key: within it, one after the other."
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("running", "Running"),
            ("parked", "Parked"),
            ("retry", "Retry"),
            ("done", "Done"),
            ("ignored", "Ignored"),
            ("resolved", "Settled by hand"),
            ("dead", "Dead letter"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    payload = fields.Json(
        readonly=True,
        help="What this consumer gets, where its subscription transforms the event or "
        "somebody corrected it.",
    )
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    rescue_count = fields.Integer(readonly=True, default=0)
    kill_count = fields.Integer(
        readonly=True, default=0, help="Workers that died while they worked on it."
    )
    replay_count = fields.Integer(string="Replays", readonly=True, default=0)
    received_at = fields.Datetime(readonly=True)
    next_attempt_at = fields.Datetime(readonly=True)
    started_at = fields.Datetime(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    worker = fields.Integer(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    latency_target_seconds = fields.Integer(readonly=True)
    is_late = fields.Boolean(
        readonly=True, help="Took longer than the policy's target."
    )
    last_error = fields.Text(readonly=True)
    result = fields.Json(string="Result (data)", readonly=True)
    result_text = fields.Char(compute="_compute_result_text", string="Result")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    exception_id = fields.Many2one(
        "integration.exception",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    attempt_ids = fields.One2many("integration.attempt", "delivery_id")

    _due_index = models.Index(
        "(lane_id, direction, COALESCE(endpoint_id, system_id), next_attempt_at, id)"
        " WHERE state IN ('pending', 'retry')"
    )
    _retry_index = models.Index(
        "(lane_id, next_attempt_at) WHERE state IN ('pending', 'retry')"
        " AND next_attempt_at > received_at"
    )
    _running_index = models.Index("(lane_id) WHERE state = 'running'")
    _waiting_index = models.Index(
        "(state, company_id) WHERE state IN ('parked', 'dead')"
    )
    _late_index = models.Index("(contract_id, finished_at) WHERE is_late")
    # A consumer never gets the same message as two pieces of work.
    _consumer_unique = models.UniqueIndex("(message_id, COALESCE(endpoint_id, 0))")

    @api.depends("message_id", "endpoint_id")
    def _compute_display_name(self):
        for delivery in self:
            target = delivery.endpoint_id.name or self.env._("Odoo")
            delivery.display_name = f"{delivery.contract_code or '?'} → {target}"

    @api.depends("result")
    def _compute_result_text(self):
        for delivery in self:
            delivery.result_text = (delivery.result or {}).get("summary") or False

    def _get_redacted_message(self):
        return self.message_id

    def _park(self, error):
        """Let a delivery wait for a person, under the exception of its root cause."""
        exception = self.env["integration.exception"]._raise_for(self, error)
        self.write(
            {
                "state": "parked",
                "exception_id": exception.id,
                "last_error": error.text,
                "worker": False,
                "lease_until": False,
            }
        )

    def _execute(self, flow, run):
        """Handle the message; a hook for what surrounds the handler.

        :param run: takes nothing and returns the ``lib.results.HandlerResult``.
        :raises lib.errors.RehearsedError: when all of it is to be undone and recorded.
        """
        return run()

    def _prepare_run_context(self):
        """Return what the handler's context says of this delivery, for addons."""
        return {}

    def _get_own_payload(self):
        """Return what its consumer gets: corrected or transformed, else as it came."""
        changed = self._get_changed_payload()
        return self.message_id.payload if changed is None else changed

    def _get_changed_payload(self):
        """Return the payload in place of the message's, or None."""
        self.ensure_one()
        return None if self.payload in (None, False) else self.payload

    def _wake(self):
        """Tell the lanes that there is work, once this transaction is committed."""
        if not self:
            return
        self.flush_model(["order_scope", "state"])
        scopes = [scope for scope in self.mapped("order_scope") if scope]
        followers = (
            delivery_queries.find_follower_lanes(self.env.cr, scopes) if scopes else ()
        )
        self._wake_lanes({*self.lane_id.ids, *followers})

    @api.model
    def _wake_followers(self, finished):
        """Wake the lanes of those that waited for these; their own workers are awake.

        :param finished: list of ``lib.work.Work``
        """
        scopes = {work.order_scope for work in finished if work.order_scope}
        if scopes:
            lanes = delivery_queries.find_follower_lanes(self.env.cr, scopes)
            self._wake_lanes(set(lanes) - {work.lane_id for work in finished})

    @api.model
    def _wake_lanes(self, lane_ids):
        if lane_ids:
            wake_lanes(self.env.cr, lane_ids)

    def _get_flow(self):
        """Return the ``lib.flow.Flow`` that this delivery follows."""
        return self.env["integration.policy"]._get_flow(
            self.system_id.id, self.contract_id.id
        )

    def _get_work(self):
        """Return the ``lib.work.Work`` of this delivery."""
        self.ensure_one()
        return Work(
            delivery_id=self.id,
            system_id=self.system_id.id,
            contract_id=self.contract_id.id,
            company_id=self.company_id.id,
            lane_id=self.lane_id.id,
            order_scope=self.order_scope or None,
            attempt_count=self.attempt_count,
            received_at=self.received_at,
            started_at=self.started_at or None,
            latency_target_seconds=self.latency_target_seconds,
            rescue_count=self.rescue_count,
        )

    def _defer(self, until, reason):
        """Put a claimed delivery back until a moment; that was no attempt."""
        self.write(
            {
                "state": "pending",
                "attempt_count": max(0, self.attempt_count - 1),
                "next_attempt_at": until,
                "worker": False,
                "lease_until": False,
                "last_error": reason,
            }
        )

    def action_open_message(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.message",
            "res_id": self.message_id.id,
            "view_mode": "form",
        }

    def action_open_document(self):
        self.ensure_one()
        return self.message_id.action_open_document()

    def _prepare_status(self):
        """Return what the status endpoint tells of this delivery."""
        self.ensure_one()
        waiting = self.state in (*WAITING_STATES, "retry")
        return {
            "state": self.state,
            "finished_at": self.finished_at,
            "attempts": self.attempt_count,
            "result": self.result or None,
            "problem": self._prepare_problem() if waiting and self.last_error else None,
        }

    def _prepare_problem(self):
        slug = {"parked": "needs-decision", "dead": "gave-up"}.get(
            self.state, "will-retry"
        )
        # The sender learns the kind of decision its message waits for, and no more.
        kind = self.sudo().exception_id.kind_id.code or ""
        if self.state == "parked" and kind:
            slug = kind.rpartition(".")[2].replace("_", "-")
        return {
            "type": f"urn:problem:{slug}",
            "title": dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ],
            "status": 422,
            "detail": self.last_error,
        }
