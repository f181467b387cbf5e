"""What of claimed work goes out now: by its flow's policy and its endpoint's pace."""

import time
from datetime import timedelta

from .lib.ordering import Place, is_stale
from .lib.outcome import Outcome
from .models import integration_endpoint_queries as endpoint_queries
from .models import integration_message_queries as queries
from .shared_throttle import SharedThrottle, pair

HOLD_BACK_SECONDS = 1
CLOSED_SECONDS = 60


def settle_by_policy(env, rows, now):
    """Return ``(rows to send, [(work, outcome)] of those that nobody needs any more)``.

    That is what is older than the policy allows, and where the latest state wins what
    a newer one waits behind.

    :param rows: list of ``integration_endpoint_queries.Outgoing``
    :param now: naive UTC.
    """
    flows = _find_flows(env, rows)
    if not any(may_settle(flow.order) for flow in flows.values()):
        return rows, []
    orders = [(row, flows[row.work.flow_key].order) for row in rows]
    latest = [
        row.work.delivery_id
        for row, order in orders
        if order.order == "latest_wins" and row.work.order_scope
    ]
    superseded = endpoint_queries.find_superseded(env.cr, latest) if latest else ()
    kept, settled = [], []
    for row, order in orders:
        place = Place(occurred_at=row.attributes["occurred_at"])
        if is_stale(order, place, now):
            text = env._("Older than the policy allows: not sent.")
        elif row.work.delivery_id in superseded:
            text = env._("A newer state waits behind it: not sent.")
        else:
            kept.append(row)
            continue
        outcome = Outcome("ignored", text, values={"result": {"summary": text}})
        settled.append((row.work, outcome))
    return kept, settled


def _find_flows(env, rows):
    return env["integration.policy"]._get_flows(row.work.flow_key for row in rows)


def may_settle(order):
    return order.order == "latest_wins" or bool(order.stale_after_seconds)


class Pacing:
    """The pace of endpoints and outbound flows, as one sender keeps it."""

    def __init__(self, dbname):
        self.throttle = SharedThrottle.of(dbname)
        self._turns = {}

    def choose(self, env, target, rows, *, narrow, busy):
        """Return the rows that are sent now; the others are put back.

        The endpoint is left alone until the next may go: nobody claims in vain.

        :param narrow: one at a time; ``busy``: and that one is under way.
        """
        flows = _find_flows(env, rows)
        kept, waits = [], []
        for row in rows:
            wait = HOLD_BACK_SECONDS if busy else self._wait_for_endpoint(target)
            if wait:
                waits.append(wait)
            wait = wait or self._wait_for_flow(flows[row.work.flow_key], row.work)
            if wait:
                delivery = env["integration.delivery"].browse(row.work.delivery_id)
                delivery._defer(queries.now() + timedelta(seconds=wait), False)
                continue
            busy = narrow
            kept.append(row)
        if waits:
            env["integration.endpoint.health"]._pause(target.endpoint_id, min(waits))
        return kept

    def keep_for_later(self, env, rows):
        """Put back what a closed endpoint is not sent."""
        reason = env._(
            "The endpoint is disabled, not verified or has no address, or its system is "
            "not active."
        )
        until = queries.now() + timedelta(seconds=CLOSED_SECONDS)
        for row in rows:
            env["integration.delivery"].browse(row.work.delivery_id)._defer(
                until, reason
            )

    def _wait_for_endpoint(self, target):
        limit = target.rate_limit_per_minute
        if not limit:
            return 0
        return self.throttle.take(
            "endpoint", target.endpoint_id, per_minute=limit, burst=max(1, limit // 60)
        )

    def _wait_for_flow(self, flow, work):
        """Return the seconds until the flow of a delivery may send it.

        Each that waits gets a turn of its own, so that it is claimed once more only.
        """
        limit = flow.rate_limit_per_minute
        if not limit:
            return 0
        key = pair(flow.policy_id, work.system_id)
        wait = self.throttle.take(
            "flow", key, per_minute=limit, burst=max(1, limit // 60)
        )
        if not wait:
            return 0
        now = time.monotonic()
        turn = max(self._turns.get(key, 0) + 60 / limit, now + wait)
        self._turns[key] = turn
        return turn - now
