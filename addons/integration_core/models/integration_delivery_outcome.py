import logging
import random
from datetime import timedelta

from odoo import api, models

from ..lib.backoff import delay_seconds
from ..lib.errors import BusinessError
from . import integration_delivery_queries as delivery_queries
from . import integration_message_queries as queries
from .integration_delivery import FINAL_STATES

_logger = logging.getLogger(__name__)

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
    def _record_outcomes(self, outcomes, *, now, worker=None):
        """Write how attempts ended: the attempts' rows, the deliveries' new state.

        :param outcomes: list of ``(lib.work.Work, lib.outcome.Outcome)``.
        :param now: naive UTC.
        :param worker: number of who claimed them: what another one has taken over since
            stays as that one wants it. None: the caller has them locked.
        """
        if not outcomes:
            return
        attempts, rows = [], {}
        flows = self.env["integration.policy"]._get_flows(
            work.flow_key for work, _outcome in outcomes
        )
        for work, outcome in outcomes:
            flow = flows[work.flow_key]
            state = outcome.state
            spent = work.attempt_count >= flow.max_attempts
            if state == "retry" and spent and not outcome.is_no_attempt:
                state = "dead"
            attempts.append(self._prepare_attempt_vals(work, outcome, state, now))
            rows[work.delivery_id] = self._prepare_outcome_vals(
                work, outcome, state, flow, now
            )
        self.env.flush_all()
        recorded = delivery_queries.record_outcomes(self.env.cr, rows, attempts, worker)
        if len(recorded) < len(rows):
            _logger.warning(
                "%s deliveries came back after their lease: another worker has them",
                len(rows) - len(recorded),
            )
        self.browse(recorded).invalidate_recordset()
        own = [(work, o) for work, o in outcomes if work.delivery_id in recorded]
        for work, outcome in own:
            state = rows[work.delivery_id]["state"]
            self.browse(work.delivery_id)._conclude(state, outcome)
        self._wake_followers(
            [work for work, _o in own if rows[work.delivery_id]["state"] in FINAL_STATES]
        )

    def _conclude(self, state, outcome):
        """Raise what people have to look at, once the outcome is written."""
        if state == "parked":
            self._park(outcome.exception)
        elif state == "dead":
            self._bury(outcome)
        elif outcome.exception:
            self._keep_rehearsal(outcome.exception)

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
