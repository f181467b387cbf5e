import random
from datetime import timedelta

from odoo import api, models

from ..lib.backoff import delay_seconds
from ..lib.errors import BusinessError
from . import integration_message_queries as queries
from .integration_delivery import FINAL_STATES

# Who kills a second worker does not get a third one.
KILLS_MAX = 2


class IntegrationDelivery(models.Model):
    """How attempts ended, and what becomes of their deliveries."""

    _inherit = "integration.delivery"

    def _keep_rehearsal(self, rehearsed):
        """Record what an undone run would have done, for addons that rehearse."""

    def _bury(self, outcome):
        """Show a dead letter under the technical failure of its root cause."""
        Exceptions = self.env["integration.exception"]
        self.exception_id = Exceptions._raise_for_failure(self, outcome)

    def _record_outcome(self, outcome, *, now):
        """Write how an attempt of this delivery ended; see ``_record_outcomes``."""
        self._record_outcomes([(self._get_work(), outcome)], now=now)

    @api.model
    def _record_outcomes(self, outcomes, *, now):
        """Write how attempts ended: the attempts' rows, the deliveries' new state.

        :param outcomes: list of ``(lib.work.Work, lib.outcome.Outcome)``.
        :param now: naive UTC.
        """
        if not outcomes:
            return
        attempts, rows, finished = [], {}, []
        Policy = self.env["integration.policy"]
        for work, outcome in outcomes:
            flow = Policy._get_flow(work.system_id, work.contract_id)
            state = outcome.state
            spent = work.attempt_count >= flow.max_attempts
            if state == "retry" and spent and not outcome.is_no_attempt:
                state = "dead"
            attempts.append(self._prepare_attempt_vals(work, outcome, state, now))
            rows[work.delivery_id] = self._prepare_outcome_vals(
                work, outcome, state, flow, now
            )
            if state in FINAL_STATES:
                finished.append(work)
        self.env.flush_all()
        queries.record_outcomes(self.env.cr, rows, attempts)
        self.browse(rows).invalidate_recordset()
        for work, outcome in outcomes:
            delivery = self.browse(work.delivery_id)
            state = rows[delivery.id]["state"]
            if state == "parked":
                delivery._park(outcome.exception)
            elif state == "dead":
                delivery._bury(outcome)
            elif outcome.exception:
                delivery._keep_rehearsal(outcome.exception)
        self._wake_followers(finished)

    @api.model
    def _prepare_outcome_vals(self, work, outcome, state, flow, now):
        vals = {
            "state": state,
            "last_error": outcome.excerpt if state in ("retry", "dead") else None,
            **outcome.values,
        }
        if state == "retry":
            wait = delay_seconds(
                flow.schedule,
                work.attempt_count,
                random=random.random,
                retry_after_seconds=outcome.retry_after_seconds,
            )
            vals["next_attempt_at"] = now + timedelta(seconds=wait)
            if outcome.is_no_attempt:
                vals["attempt_count"] = work.attempt_count - 1
        elif state in FINAL_STATES:
            vals["finished_at"] = now
            elapsed = (now - work.received_at).total_seconds()
            vals["is_late"] = elapsed > work.latency_target_seconds
        return vals

    @api.model
    def _prepare_attempt_vals(self, work, outcome, state, now):
        started = outcome.started_at or work.started_at or now
        ended = outcome.ended_at or now
        return {
            "delivery_id": work.delivery_id,
            "company_id": work.company_id,
            "number": work.attempt_count,
            "started_at": started,
            "ended_at": ended,
            "milliseconds": max(0, int((ended - started).total_seconds() * 1000)),
            "outcome": state,
            "http_status": outcome.http_status,
            "error_class": outcome.error_class or None,
            "error_code": outcome.error_code or None,
            "excerpt": outcome.excerpt or None,
        }

    def _rescue(self, suspects):
        """Give back what dead workers left behind; isolate what killed two of them.

        An interrupted attempt is not one of those a policy counts.

        :param suspects: ids of the deliveries that were being handled at a death.
        """
        now = queries.now()
        self.env["integration.attempt"].create(
            [
                {
                    "delivery_id": delivery.id,
                    "company_id": delivery.company_id.id,
                    "number": delivery.attempt_count,
                    "started_at": delivery.started_at,
                    "ended_at": now,
                    "outcome": "interrupted",
                    "excerpt": "The worker process ended before the attempt did.",
                }
                for delivery in self
            ]
        )
        for delivery in self:
            delivery.rescue_count += 1
            delivery.kill_count += delivery.id in suspects
            if delivery.kill_count >= KILLS_MAX:
                delivery._park(delivery._prepare_poison_error())
            else:
                delivery._defer(now, False)

    def _prepare_poison_error(self):
        return BusinessError(
            self.env._(
                "%(message)s killed the process that worked on it, %(count)s times. "
                "It is kept apart so that the others go on.",
                message=self.display_name,
                count=self.kill_count,
            ),
            kind="integration_core.poison",
            fingerprint=f"{self.contract_code}:{self.message_id.uuid}",
        )
