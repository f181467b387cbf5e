from odoo import models
from odoo.exceptions import AccessError, UserError

from . import integration_message_queries as queries
from .integration_delivery import WAITING_STATES


class IntegrationDelivery(models.Model):
    """What people decide about deliveries, and the trail it leaves."""

    _inherit = "integration.delivery"

    def _log_decision(self, decision):
        """Keep on record that a person decided about these deliveries."""
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

    def action_cancel(self):
        """Give up on work that has not succeeded."""
        self._decide(
            "cancelled",
            (*WAITING_STATES, "pending", "retry"),
            {
                "state": "cancelled",
                "finished_at": queries.now(),
            },
        )
        self._wake()

    def action_resolve(self):
        """Say that it was settled outside."""
        self._decide(
            "resolved",
            WAITING_STATES,
            {
                "state": "resolved",
                "finished_at": queries.now(),
            },
        )
        self._wake()

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

    def _decide(self, decision, allowed_states, vals):
        """Change the state by hand, against a worker that does so at the same time.

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
        self._log_decision(decision)
        deliveries.write(vals)

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
