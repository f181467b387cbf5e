import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.backoff import delay_seconds
from ..lib.errors import BusinessError
from ..lib.expression import ExpressionError
from ..lib.work import Work
from ..log_fields import LogReference
from ..wake import wake_lanes
from . import integration_message_queries as queries

FINAL_STATES = ("done", "ignored", "resolved", "cancelled")
WAITING_STATES = ("parked", "dead")
# Who kills a second worker does not get a third one.
KILLS_MAX = 2



class IntegrationDelivery(models.Model):
    """The work of getting one message to one consumer. The only mutable row."""

    _name = "integration.delivery"
    _description = "Delivery"
    _order = "id desc"
    _log_access = False

    message_id = fields.Many2one(
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

    # Life ---------------------------------------------------------------

    @api.model
    def _create_outbound(self, message, payload):
        """Open one delivery per subscription of a message that was just published.

        :param payload: the same as the message's, not read back from the database.
        """
        # Published by anyone; the work list is the engine's, not theirs.
        Delivery = self.sudo()
        message = message.sudo()
        consumers = Delivery.env["integration.subscription"]._find_consumers(
            message.contract_code, message.company_id.id
        )
        vals_list, failures = [], {}
        for consumer in consumers:
            own, error = None, None
            try:
                if not consumer.wants(payload):
                    continue
                own = consumer.transform(payload)
            except ExpressionError as failure:
                error = failure
            vals = Delivery._prepare_outbound_vals(
                message, consumer.endpoint_id, consumer.system_id
            )
            vals_list.append({**vals, "payload": own})
            if error:
                failures[consumer.endpoint_id] = error
        if not vals_list:
            return
        deliveries = Delivery.create(vals_list)
        for delivery in deliveries.filtered(lambda d: d.endpoint_id.id in failures):
            delivery._park_untranslated(failures[delivery.endpoint_id.id])
        faults = message.contract_id._find_payload_faults(payload)
        if faults:
            deliveries._park_invalid(faults)
        deliveries._wake()

    @api.model
    def _prepare_outbound_vals(self, message, endpoint_id, system_id):
        flow = self.env["integration.policy"]._get_flow(
            system_id, message.contract_id.id
        )
        return {
            "message_id": message.id,
            "direction": "out",
            "system_id": system_id,
            "endpoint_id": endpoint_id,
            "company_id": message.company_id.id,
            "contract_id": message.contract_id.id,
            "lane_id": flow.lane_id,
            "order_scope": None
            if flow.order.order == "none"
            else f"out:{endpoint_id}:{message.order_key}",
            "state": "pending",
            "received_at": message.received_at,
            "next_attempt_at": message.received_at,
            "latency_target_seconds": flow.latency_target_seconds,
        }

    def _park_untranslated(self, error):
        """Keep an event that could not be filtered or transformed; tell its receiver's
        keeper, not whoever published it."""
        self._park(
            BusinessError(
                self.env._(
                    "The subscription of '%(endpoint)s' to %(code)s cannot be applied: "
                    "%(reason)s",
                    endpoint=self.endpoint_id.name,
                    code=self.contract_code,
                    reason=error,
                ),
                kind="integration_core.translation_failed",
                fingerprint=f"{self.contract_code}:{self.endpoint_id.id}",
            )
        )

    def _park_invalid(self, faults):
        """Keep an event that breaks its own contract from leaving; raise it here."""
        text = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        for delivery in self:
            error = BusinessError(
                self.env._(
                    "Odoo published %(code)s with a payload that breaks the contract: "
                    "%(faults)s",
                    code=delivery.contract_code,
                    faults=text,
                ),
                kind="integration_core.invalid_payload",
                fingerprint=f"{delivery.contract_code}:{faults[0].pointer}",
            )
            delivery._park(error)

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

    def _keep_rehearsal(self, rehearsed):
        """Record what an undone run would have done, for addons that rehearse."""

    def _bury(self, outcome):
        """Show a dead letter under the technical failure of its root cause."""
        Exceptions = self.env["integration.exception"]
        self.exception_id = Exceptions._raise_for_failure(self, outcome)

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
        followers = queries.find_follower_lanes(self.env.cr, scopes) if scopes else []
        self._wake_lanes({*self.lane_id.ids, *followers})

    @api.model
    def _wake_followers(self, finished):
        """Wake the lanes of those that waited for these; their own workers are awake.

        :param finished: list of ``lib.work.Work``
        """
        scopes = {work.order_scope for work in finished if work.order_scope}
        if scopes:
            lanes = queries.find_follower_lanes(self.env.cr, scopes)
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
        )

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
            if state == "retry" and work.attempt_count >= flow.max_attempts:
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

    # What people decide -------------------------------------------------

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

    # What a machine may ask ---------------------------------------------

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
