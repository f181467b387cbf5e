"""Making the moves of playbooks' runs, each in one transaction.

A run is taken on in a transaction of its own before, which counts: a move that kills its
worker leaves a count behind, and after the second time the run is held for a person.
"""

import logging
import random
import time

from odoo import SUPERUSER_ID, api

from .cron_round import get_run_seconds
from .handling import CONCURRENCY_ERRORS, CONCURRENCY_TRIES
from .models import integration_message_queries as message_queries
from .models import integration_playbook_queries as queries

_logger = logging.getLogger(__name__)

KILLS_MAX = 2


class PlaybookWorker:
    """One run of the scheduled action: makes moves until nothing is due."""

    def __init__(self, env):
        self.registry = env.registry
        env.cr.commit()  # hold no snapshot while moves are made

    def run(self):
        """Return how many moves were made."""
        deadline = time.monotonic() + get_run_seconds()
        moves = 0
        while time.monotonic() < deadline:
            try:
                claimed = self._claim()
            except CONCURRENCY_ERRORS:
                continue  # somebody pressed a button at this moment: look again
            if not claimed:
                break
            self._move(*claimed)
            moves += 1
        else:
            self._call_again()
        return moves

    def _claim(self):
        with self.registry.cursor() as cr:
            claimed = queries.claim(cr, message_queries.now())
            cr.commit()  # the count must survive whatever the move does
        self.registry = self.registry.check_signaling()
        return claimed

    def _move(self, run_id, claim_count):
        """Make one move, and record it if it fails."""
        try:
            self._transact(run_id, claim_count, _advance)
        except Exception as error:  # noqa: BLE001 - whatever a step raises is recorded
            _logger.info("Playbook run %s failed", run_id, exc_info=True)
            failure = error
        else:
            return
        self._transact(
            run_id, claim_count, lambda run, _count: run._record_failure(failure)
        )

    def _transact(self, run_id, claim_count, work):
        """Do ``work`` on a run that is still held; again where others wrote the same."""
        for number in range(CONCURRENCY_TRIES):
            try:
                with self.registry.cursor() as cr:
                    if not queries.hold(cr, run_id, claim_count):
                        return
                    # Runs are the engine's, of every company. What a step does, it does
                    # as the playbook's user.
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    work(env["integration.playbook.run"].browse(run_id), claim_count)
                    env.flush_all()
                    cr.commit()  # the step's effects and the run's advance, together
                    self.registry.signal_changes()
                return
            except CONCURRENCY_ERRORS:
                if number == CONCURRENCY_TRIES - 1:
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**number))

    def _call_again(self):
        with self.registry.cursor() as cr:
            # Scheduled actions are nobody's to run; this one, and nothing else.
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["integration.playbook.run"]._wake()


def _advance(run, claim_count):
    if claim_count > 1:
        run._note(
            "interrupted", detail=run.env._("The server stopped during this move.")
        )
    if claim_count > KILLS_MAX:
        run._hold(
            run.env._(
                "The server stopped %s times while this step was done. Try it again if "
                "that had another cause.",
                KILLS_MAX,
            ),
            run._find_move()[1],
        )
        return
    run._advance()
