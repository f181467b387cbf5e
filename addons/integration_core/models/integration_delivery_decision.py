from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.outcome import EXCERPT_MAX
from . import integration_message_queries as queries
from .integration_delivery import WAITING_STATES


class IntegrationDelivery(models.Model):
    """What people decide about deliveries, and the trail it leaves."""

    _inherit = "integration.delivery"

    decision_reason = fields.Char(
        string="Reason", readonly=True, help="Why it was cancelled or settled by hand."
    )

    def _log_decision(self, decision, reason=None):
        """Keep on record that a person decided about these deliveries, and why."""
        now = queries.now()
        # The attempt log has no writers among people; this row says who decided.
        self.env["integration.attempt"].sudo().create(
            [
                {
                    "delivery_id": delivery.id,
                    "company_id": delivery.company_id.id,
                    "number": delivery.attempt_count,
                    "started_at": now,
                    "ended_at": now,
                    "outcome": decision,
                    "excerpt": reason,
                    "user_id": self.env.uid,
                }
                for delivery in self
            ]
        )

    def action_replay(self):
        """Deliver again under the same message id; the receiver dedupes on it.

        :returns: an action that opens the request where a second person must approve.
        """
        self._check_may_decide()
        applied = self.filtered(lambda d: (d.direction, d.state) == ("in", "done"))
        if applied:
            raise UserError(
                self.env._(
                    "'%s' was applied: its effects would happen twice. Ask the sender to "
                    "send a correction under a new id.",
                    applied[0].display_name,
                )
            )
        if any(delivery._get_flow().replay_needs_approval for delivery in self):
            return self.action_request_replay()
        self._decide(
            "replayed",
            (*WAITING_STATES, "retry", "done", "ignored", "cancelled"),
            {
                "state": "pending",
                "attempt_count": 0,
                "kill_count": 0,
                "next_attempt_at": queries.now(),
                "finished_at": False,
                "exception_id": False,
                "decision_reason": False,
            },
        )
        for delivery in self.sudo():  # a counter of the engine's
            delivery.replay_count += 1
        self._wake()
        return None

    def action_request_replay(self):
        """Open a replay of these, with its preview."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replay"),
            "res_model": "integration.replay",
            "view_mode": "form",
            "context": {"default_delivery_ids": self.ids},
        }

    def action_ask_cancel(self):
        """Ask why these are cancelled."""
        return self._ask_reason("cancel")

    def action_ask_resolve(self):
        """Ask how these were settled."""
        return self._ask_reason("resolve")

    def _ask_reason(self, decision):
        self._check_may_decide()
        return self.env["integration.decision.wizard"]._open(
            {"decision": decision, "delivery_ids": [Command.set(self.ids)]}
        )

    def action_cancel(self, reason=None):
        """Give up on work that has not succeeded.

        :raises UserError: without a reason.
        """
        self._finish("cancelled", (*WAITING_STATES, "pending", "retry"), reason)

    def action_resolve(self, reason=None):
        """Say that it was settled outside.

        :raises UserError: without a reason.
        """
        self._finish("resolved", WAITING_STATES, reason)

    def _finish(self, state, allowed_states, reason):
        """End deliveries by hand, and let what follows them go on."""
        reason = self._check_reason(reason)
        rows = self.sudo()  # see _decide
        was_waiting = set(rows.filtered(lambda d: d.state in WAITING_STATES).ids)
        self._decide(
            state,
            allowed_states,
            {
                "state": state,
                "finished_at": queries.now(),
                "decision_reason": reason,
            },
            reason,
        )
        rows._leave_out(was_waiting)
        self._wake()

    @api.model
    def _check_reason(self, reason):
        """Return a reason without the blanks around it.

        :raises UserError: when there is none.
        """
        text = reason.strip() if isinstance(reason, str) else ""
        if not text:
            raise UserError(self.env._("Say why: it is kept for the auditor."))
        return text[:EXCERPT_MAX]

    def _release(self):
        """Let parked work run again; its followers come after it by themselves."""
        self._decide(
            "released",
            ("parked",),
            {
                "state": "pending",
                "kill_count": 0,
                "next_attempt_at": queries.now(),
            },
        )
        self._wake()

    @api.model
    def _release_stranded(self):
        """Let run again what was parked while its exception was being closed.

        Neither of the two transactions sees the other; nobody else would look for it.
        """
        self.search(
            [("state", "=", "parked"), ("exception_id.state", "=", "resolved")]
        )._release()

    def _decide(self, decision, allowed_states, vals, reason=None):
        """Change the state by hand, against a worker that does so at the same time.

        An exception under which nothing waits any more is closed.

        :raises UserError: when a delivery is not in one of the allowed states.
        """
        if not self:
            return
        self._check_may_decide()
        # Operators decide through these buttons only; they cannot write the row.
        deliveries = self.sudo()
        deliveries.lock_for_update()
        deliveries.invalidate_recordset(["state"])
        refused = deliveries.filtered(lambda d: d.state not in allowed_states)
        if refused:
            raise UserError(
                self.env._(
                    "'%(delivery)s' is %(state)s, and this button does not apply to it.",
                    delivery=refused[0].display_name,
                    state=refused[0].state,
                )
            )
        self._log_decision(decision, reason)
        exceptions = deliveries.exception_id
        deliveries.write(vals)
        exceptions._close_if_settled()

    def _check_may_decide(self):
        """Operators decide about what they may read; auditors only look."""
        self.check_access("read")
        operator = "integration_core.integration_core_group_operator"
        if not self.env.su and not self.env.user.has_group(operator):
            raise AccessError(
                self.env._(
                    "Only integration operators can replay, cancel or settle a delivery."
                )
            )
