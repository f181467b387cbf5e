"""How long a worker may run without being killed for it.

One round of an Odoo cron process runs all scheduled actions that are ready, one after the
other. Whatever their number, the process is killed ``limit_time_real_cron`` seconds after
it had begun to wait for the round, and interrupted once the round has computed for
``limit_time_cpu``: whoever starts late has to be brief.
"""

import threading
import time
from contextlib import contextmanager

from odoo.tools import config

# Where nothing limits it. Other scheduled actions have their turn then.
RUN_SECONDS = 40
# The longest that a cron process waits for a round (odoo.service.server).
POLL_SECONDS = 70
# The rest is for the message that is being handled when time is up.
SHARE_OF_LIMIT = 0.9
# Of what is left: however many follow, the sum stays below.
SHARE_OF_REST = 3 / 4
# A worker that does nothing at all would only be started again.
SHORTEST_SECONDS = 1


class _Round(threading.local):
    """The round of this thread."""

    cursor = None
    begin = 0.0
    cpu_begin = 0.0
    ended = float("-inf")
    is_running = False


_round = _Round()


@contextmanager
def action_of_round(cron_cr):
    """Within it runs one scheduled action.

    :param cron_cr: the cursor that holds its lock: one for all actions of a round.
    """
    if _round.cursor is not cron_cr:
        now = time.monotonic()
        _round.cursor = cron_cr
        _round.begin = now - min(POLL_SECONDS, now - _round.ended)
        _round.cpu_begin = time.process_time()
    _round.is_running = True
    try:
        yield
    finally:
        _round.is_running = False
        _round.ended = time.monotonic()


def get_run_seconds():
    """Return how many seconds what starts now may take."""
    rests = [
        (limit * SHARE_OF_LIMIT - used) * SHARE_OF_REST
        for limit, used in _get_limits()
        if limit > 0
    ]
    return max(SHORTEST_SECONDS, min([RUN_SECONDS, *rests]))


def _get_limits():
    """Return ``[(limit, used)]`` in seconds, of time and of computing; 0: no limit."""
    if not _round.is_running:
        return [(config["limit_time_real"], 0), (config["limit_time_cpu"], 0)]
    real = config["limit_time_real_cron"]
    return [
        (
            config["limit_time_real"] if real < 0 else real,
            time.monotonic() - _round.begin,
        ),
        (config["limit_time_cpu"], time.process_time() - _round.cpu_begin),
    ]
