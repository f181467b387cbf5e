from odoo import api, models
from odoo.exceptions import UserError

from ..lib.cause import find_cause
from ..lib.errors import BusinessError

FAILED = "integration_core.delivery_failed"


class IntegrationException(models.Model):
    """The buttons that settle an exception, each with its trace."""

    _inherit = "integration.exception"

    @api.model
    def _raise_for_failure(self, delivery, outcome):
        """Return the open exception of a technical failure's root cause.

        Everything that fails at one place for one cause is one exception: an endpoint's
        503 is, and so is a bug in a handler. What a handler gives up on for different
        reasons is told apart by them.
        """
        place = delivery.endpoint_id.name or delivery.contract_code
        cause = outcome.error_code or outcome.error_class or "failed"
        if not delivery.endpoint_id and not outcome.error_code:
            cause = f"{cause}:{find_cause(outcome.excerpt)}"
        error = BusinessError(
            self.env._(
                "%(place)s: given up after %(attempts)s attempts. %(why)s",
                place=place,
                attempts=delivery.attempt_count,
                why=outcome.excerpt,
            ),
            kind=FAILED,
            fingerprint=f"{place}:{cause}",
        )
        return self._raise_for(delivery, error)

    def action_retry(self):
        """Try everything that waits under this exception again."""
        dead = self.delivery_ids.filtered(lambda d: d.state == "dead")
        if not dead:
            return super().action_retry()
        self._check_open()
        if any(delivery._get_flow().replay_needs_approval for delivery in dead):
            # A second person approves first; it stays open until then.
            return dead.action_request_replay()
        text = self.env._("Tried again by %s.", self.env.user.name)
        self._close(text)
        dead.action_replay()
        self._release(text)
        return None

    def action_skip(self, reason=None):
        """Leave out what waits here: its effects never happen, its followers go on.

        :raises UserError: without a reason.
        """
        self._check_open()
        reason = self.env["integration.delivery"]._check_reason(reason)
        self._close(
            self.env._(
                "Left out by %(user)s: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        )
        self._get_waiting().action_cancel(reason)

    def action_ask_resolve(self):
        """Ask how what waits here was settled."""
        return self._ask_reason("resolve")

    def action_ask_skip(self):
        """Ask why what waits here is left out."""
        return self._ask_reason("cancel")

    def _ask_reason(self, decision):
        self.ensure_one()
        self._check_open()
        return self.env["integration.decision.wizard"]._open(
            {"decision": decision, "exception_id": self.id}
        )

    def action_correct(self):
        """Open the payload of the first message that waits, to correct it."""
        self.ensure_one()
        self._check_open()
        Wizard = self.env["integration.correction.wizard"]
        return self._open_wizard(Wizard._create_for(self), self.env._("Correct"))

    def action_post_by_hand(self):
        """Say which document somebody made in place of the message."""
        self.ensure_one()
        self._check_open()
        wizard = self.env["integration.settle.wizard"].create({"exception_id": self.id})
        return self._open_wizard(wizard, self.env._("Posted by hand"))

    def _open_wizard(self, wizard, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_head(self):
        """Return the first delivery that waits here.

        :raises UserError: when none does any more.
        """
        head = self.env["integration.delivery"].search(
            [("exception_id", "=", self.id), ("state", "in", ("parked", "dead"))],
            order="id",
            limit=1,
        )
        if not head:
            raise UserError(self.env._("Nothing waits here any more."))
        return head

    @api.model
    def _close_settled(self):
        """Close technical failures of which nothing waits: they were replayed one by one."""
        failed = self.search([("state", "=", "open"), ("category", "=", "technical")])
        failed._close_if_settled()
