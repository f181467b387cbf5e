"""Running the handler of one inbound delivery: effects and ``done`` in one transaction."""

import logging
import random
import time
from collections import defaultdict

import psycopg2
from psycopg2 import errors as pg_errors

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, LockError, UserError

from .lib.errors import (
    BusinessError,
    PermanentError,
    RehearsedError,
    RetryableError,
)
from .lib.handling import CONTEXT_KEY, Handling
from .lib.outcome import EXCERPT_MAX, Outcome
from .lib.results import HandlerResult
from .models import integration_delivery_queries as delivery_queries
from .models import integration_message_queries as queries
from .work_marker import WHOLE_BATCH

_logger = logging.getLogger(__name__)

CONCURRENCY_ERRORS = (
    pg_errors.SerializationFailure,
    pg_errors.DeadlockDetected,
    pg_errors.LockNotAvailable,
    LockError,
)
CONCURRENCY_TRIES = 6


class NotTogether(Exception):  # noqa: N818 - a way out, not an error
    """A process died over one of these: each is handled alone, so that it shows which."""


def handle_batch(registry, delivery_ids, worker, marker):
    """Handle deliveries that ``worker`` has claimed, all in one transaction.

    One that fails undoes them all; each is then handled on its own.

    :param marker: ``work_marker.WorkMarker``, told of each before it is handled.
    :returns: whether the transaction of all of them succeeded.
    """
    if len(delivery_ids) > 1:
        try:
            _try(registry, delivery_ids, worker, marker)
            return True
        except Exception:  # noqa: BLE001 - whose it is, shows when they are handled alone
            _logger.debug("A batch is handled one by one", exc_info=True)
    for delivery_id in delivery_ids:
        handle(registry, delivery_id, worker, marker)
    return len(delivery_ids) == 1


def handle(registry, delivery_id, worker, marker):
    """Handle one claimed delivery, and record how it ended."""
    outcome = None
    for number in range(CONCURRENCY_TRIES):
        try:
            _try(registry, [delivery_id], worker, marker)
            return
        except CONCURRENCY_ERRORS as error:
            # Somebody else wrote the same records: run again on what they left.
            outcome = classify(error)
            time.sleep(random.uniform(0, 0.02 * 2**number))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded
            outcome = classify(error)
            break
    record_failure(registry, delivery_id, worker, outcome)


def _try(registry, delivery_ids, worker, marker):
    """Handle in one transaction what is still claimed by the worker."""
    with registry.cursor() as cr:
        works = delivery_queries.hold(cr, delivery_ids, worker)
        if len(works) > 1 and any(work.rescue_count for work in works):
            raise NotTogether
        # The work list is the engine's, of every company. Handlers do not get this
        # environment: ``run_handler`` gives them that of the system's service user.
        env = api.Environment(cr, SUPERUSER_ID, {CONTEXT_KEY: Handling()})
        outcomes = []
        deliveries = env["integration.delivery"].browse(
            [work.delivery_id for work in works]
        )
        if len(works) > 1:
            _read_ahead(deliveries, works)
        for delivery, work in zip(deliveries, works, strict=True):
            marker.set(delivery.id)
            outcome = process(delivery, work)
            if outcome:
                outcomes.append((work, outcome))
        if len(works) > 1:
            # Recomputations that waited run now; the last one handled is not to blame.
            marker.set(WHOLE_BATCH)
        env.flush_all()
        env["integration.delivery"]._record_outcomes(outcomes, now=queries.now())
        env.flush_all()
        cr.commit()  # the effects and the outcomes, together
        registry.signal_changes()


def _read_ahead(deliveries, works):
    """Let handlers read at once, for a whole batch, what they will read for each.

    What is translated or corrected is left out: its payload is made when it is handled.
    """
    env = deliveries.env
    Translation = env["integration.translation"]
    messages = defaultdict(list)
    for delivery, work in zip(deliveries, works, strict=True):
        is_as_it_came = delivery._get_changed_payload() is None
        if is_as_it_came and not Translation._find_id(*work.flow_key):
            messages[work.flow_key].append(delivery.message_id.id)
    for (system_id, contract_id), message_ids in messages.items():
        handler_model = env["integration.contract"]._get_handler_model(contract_id)
        if handler_model not in env:
            continue
        user_id, context = env["integration.system"]._get_identity(system_id)
        own = env(user=user_id, su=False, context=context)
        own[handler_model]._read_ahead(own["integration.message"].browse(message_ids))


def process(delivery, work):
    """Run the handler in the environment of ``delivery``.

    Anything the handler raises leaves through here; the caller rolls back.

    :param work: the delivery's, ``lib.work.Work``.
    :returns: the ``Outcome`` to record, None when the delivery was put back.
    """
    flow = delivery.env["integration.policy"]._get_flow(*work.flow_key)
    verdict = delivery._judge_order(flow, queries.now())
    if verdict.action == "wait":
        delivery._wait_for_gap(verdict)
        return None
    if verdict.action == "raise":
        raise delivery._prepare_order_error(verdict)
    if verdict.action == "ignore":
        if verdict.cause == "stale":
            delivery._advance_order(flow)  # what follows does not miss it
        return delivery._prepare_ignored(verdict)
    result = delivery._execute(flow, lambda: run_handler(delivery, work))
    delivery._advance_order(flow)
    if result.outcome == "done":
        # What came too late to matter has happened to nobody.
        _start_playbooks(delivery, work, result.record)
    return Outcome(
        result.outcome,
        result.summary[:EXCERPT_MAX],
        values={
            "result": {
                "summary": result.summary,
                "document": result.record.display_name if result.record else None,
                "data": result.data,
            },
            "res_model": result.record._name if result.record else None,
            "res_id": result.record.id if result.record else None,
        },
    )


def _start_playbooks(delivery, work, record):
    """Start what answers the event, as its sender calls it and as it was translated."""
    message, Playbook = delivery.message_id, delivery.env["integration.playbook"]
    Playbook._start(message, message.contract_code, delivery._get_own_payload, record)
    Translation = delivery.env["integration.translation"]
    target = Translation.browse(Translation._find_id(*work.flow_key)).target_contract_id
    if target.code and target.code != message.contract_code:
        Playbook._start(
            message,
            target.code,
            lambda: _translate(message, work, delivery._get_changed_payload())[1],
            record,
        )


def run_handler(delivery, work):
    """Call the contract's handler as the system's service user."""
    env, message = delivery.env, delivery.message_id
    user_id, context = env["integration.system"]._get_identity(work.system_id)
    contract_id, payload = _translate(message, work, delivery._get_changed_payload())
    handler_model = env["integration.contract"]._get_handler_model(contract_id)
    if handler_model not in env:
        raise PermanentError(f"The handler {handler_model} is not installed.")
    handling = Handling.of(env.context)
    context = {**context, **delivery._prepare_run_context(), CONTEXT_KEY: handling}
    env = env(user=user_id, su=False, context=context)
    handling.message_id, handling.payload = message.id, payload
    handling.cause, handling.moment = message._prepare_cause(), message._get_moment()
    try:
        result = env[handler_model]._handle(message.with_env(env))
    finally:
        handling.clear()
    if isinstance(result, HandlerResult):
        return result
    return HandlerResult(record=result[:1] if result is not None else None)


def _translate(message, work, corrected):
    """Return the contract that handles a message, and its payload where it differs.

    :param corrected: the payload in place of the one that came, or None.
    """
    Translation = message.env["integration.translation"]
    translation_id = Translation._find_id(*work.flow_key)
    if not translation_id:
        return work.contract_id, corrected
    translation = Translation.browse(translation_id).with_context(
        integration_moment=message._get_moment()
    )
    payload = translation._translate(
        message.payload if corrected is None else corrected
    )
    return translation.target_contract_id.id, payload


def classify(error):
    """Return the ``Outcome`` that an exception out of a handler stands for."""
    name = type(error).__name__
    text = str(error)[:EXCERPT_MAX] or name
    if isinstance(error, RehearsedError):
        return Outcome(
            "ignored", text, values={"result": {"summary": text}}, exception=error
        )
    if isinstance(error, BusinessError):
        return Outcome(
            "parked", text, error_class=name, error_code=error.kind, exception=error
        )
    if isinstance(error, PermanentError):
        return Outcome("dead", text, error_class=name)
    if isinstance(error, RetryableError):
        return Outcome(
            "retry",
            text,
            error_class=name,
            retry_after_seconds=error.retry_after_seconds,
        )
    if isinstance(error, (psycopg2.Error, *CONCURRENCY_ERRORS)):
        return Outcome(
            "retry",
            text,
            error_class=name,
            error_code=getattr(error, "pgcode", None) or "",
        )
    if isinstance(error, AccessError):
        refusal = BusinessError(text, kind="integration_core.access_denied")
        return Outcome("parked", text, error_class=name, exception=refusal)
    if isinstance(error, UserError):
        return Outcome("parked", text, error_class=name, exception=BusinessError(text))
    _logger.error("A handler failed", exc_info=error)
    return Outcome("retry", f"{name}: {text}", error_class=name)


def record_failure(registry, delivery_id, worker, outcome):
    """Record a failed attempt, in a transaction of its own: the other one is undone."""
    for number in range(CONCURRENCY_TRIES):
        try:
            with registry.cursor() as cr:
                works = delivery_queries.hold(cr, [delivery_id], worker)
                if not works:
                    return
                # As in ``_try``; no handler runs here.
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["integration.delivery"]._record_outcomes(
                    [(work, outcome) for work in works], now=queries.now()
                )
                env.flush_all()
                cr.commit()  # the outcome of this attempt
            return
        except (*CONCURRENCY_ERRORS, pg_errors.UniqueViolation):
            # Another worker raised the same exception at this moment: use its one.
            if number == CONCURRENCY_TRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * 2**number))
