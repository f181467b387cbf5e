from odoo import fields, models

from ..lib.errors import BusinessError
from ..lib.ordering import APPLY, NO_SEQUENCE, Place, advance, is_next, judge
from ..lib.outcome import Outcome
from ..log_fields import BigInteger
from . import integration_message_queries as queries
from . import integration_order_queries as order_queries

ORDER_KINDS = {
    "gap": "integration_core.sequence_gap",
    "late": "integration_core.late_message",
}


class IntegrationDelivery(models.Model):
    """A delivery's place in the stream of its business object; see ``lib/ordering.py``."""

    _inherit = "integration.delivery"

    order_epoch = fields.Char(required=True, readonly=True, default="")
    order_sequence = BigInteger(
        required=True,
        readonly=True,
        default=NO_SEQUENCE,
        help="Place among those that wait; set where the policy sorts by it.",
    )
    order_waived = fields.Boolean(
        readonly=True, help="Somebody decided to apply it whatever its place."
    )

    _order_index = models.Index(
        "(order_scope, order_epoch, order_sequence, id) WHERE order_scope IS NOT NULL"
        " AND state IN ('pending', 'retry', 'running', 'parked', 'dead')"
    )
    _left_out_index = models.Index(
        "(order_scope, order_epoch, order_sequence) WHERE order_scope IS NOT NULL"
        " AND state IN ('cancelled', 'resolved')"
    )

    def _get_place(self):
        """Return where the message stands in its stream, ``lib.ordering.Place``."""
        return Place(
            self.order_epoch,
            None if self.order_sequence == NO_SEQUENCE else self.order_sequence,
            self.message_id.occurred_at or None,
        )

    def _judge_order(self, flow, now):
        """Return the ``lib.ordering.Verdict`` on this delivery, whose turn it is."""
        if not flow.order.judges:
            return APPLY
        last = None
        if flow.order.counts and self.order_scope:
            last = self.env["integration.order.position"]._get_place(self.order_scope)
        return judge(
            flow.order,
            self._get_place(),
            last,
            received_at=self.received_at,
            now=now,
            waived=self.order_waived,
        )

    def _advance_order(self, flow):
        """Keep that the stream was applied up to here, and let the next one go."""
        if not (flow.order.counts and self.order_scope):
            return
        Position = self.env["integration.order.position"]
        place = advance(Position._get_place(self.order_scope), self._get_place())
        Position._set_place(self.order_scope, place)
        if place.sequence is not None:
            self._release_successors(place)

    def _leave_out(self, was_waiting):
        """Let streams go on past what somebody cancelled or settled.

        What is cancelled before its turn is passed over when its turn comes.

        :param was_waiting: ids of those whose turn had come: they were parked or dead.
        """
        for delivery in self.filtered(lambda d: d.direction == "in" and d.order_scope):
            flow = delivery._get_flow()
            if not flow.order.counts:
                continue
            Position = self.env["integration.order.position"]
            last = Position._get_place(delivery.order_scope)
            if delivery.id in was_waiting or is_next(delivery._get_place(), last):
                self.flush_model(["state"])
                delivery._advance_order(flow)

    def _release_successors(self, place):
        """End the waiting of those that had only missed this message."""
        successors = order_queries.find_successors(self.env.cr, self.order_scope, place)
        for delivery_id, state in successors:
            delivery = self.browse(delivery_id)
            if state == "pending":
                delivery.next_attempt_at = queries.now()
            elif state in ("cancelled", "resolved"):
                # Left out before its turn: the stream goes on past it, once.
                delivery._pass_over()
                break
            elif delivery.exception_id.kind_id.code == ORDER_KINDS["gap"]:
                exception = delivery.exception_id
                delivery._release()
                if not exception.delivery_ids.filtered(lambda d: d.state == "parked"):
                    exception._close(self.env._("What was missing has arrived."))

    def _pass_over(self):
        place = self._get_place()
        self.env["integration.order.position"]._set_place(self.order_scope, place)
        self._release_successors(place)

    def _wait_for_gap(self, verdict):
        """Put the delivery back until what comes before it arrives, or time is up."""
        order_queries.announce_waiting(self.env.cr, self.order_scope)
        reason = self.env._("Waits for number %s of its stream.", verdict.expected)
        self._defer(verdict.until, reason)

    def _prepare_ignored(self, verdict):
        """Return the outcome of a message that came too late to matter."""
        summary = (
            self.env._("Older than the policy allows: ignored.")
            if verdict.cause == "stale"
            else self.env._("Newer ones were applied before it came: ignored.")
        )
        return Outcome("ignored", summary, values={"result": {"summary": summary}})

    def _prepare_order_error(self, verdict):
        """Return the error that parks a message for its place in the stream."""
        message = self.message_id
        if verdict.cause == "gap":
            text = self.env._(
                "%(key)s: number %(expected)s is missing before number %(found)s.",
                key=message.order_key,
                expected=verdict.expected,
                found=message.sequence,
            )
        else:
            text = self.env._(
                "%(key)s: a message about %(moment)s came after newer ones were applied.",
                key=message.order_key,
                moment=message.occurred_at or message.received_at,
            )
        return BusinessError(
            text, kind=ORDER_KINDS[verdict.cause], fingerprint=message.order_key
        )

    def _park(self, error):
        """Let it go at once if what it misses was applied since it was judged."""
        result = super()._park(error)
        if error.kind == ORDER_KINDS["gap"]:
            order_queries.announce_waiting(self.env.cr, self.order_scope)
            position = self.env["integration.order.position"]
            place = position._get_place(self.order_scope)
            if place and place.sequence is not None:
                self.flush_recordset()
                self._release_successors(place)
        return result

    def _release(self):
        """Let parked work run again; whoever releases a place in a stream waives it."""
        kinds = set(ORDER_KINDS.values())
        # See _decide: who may press the button may not write the row.
        self.sudo().filtered(
            lambda d: d.state == "parked" and d.exception_id.kind_id.code in kinds
        ).order_waived = True
        return super()._release()
