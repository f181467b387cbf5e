"""A lane's worker: claims what is due, works it off, lingers, and goes to sleep.

Guarantee: the handler's writes and the delivery's ``done`` are one transaction, so an
effect happens once, wherever a process dies. What a dead worker had claimed is given
back as soon as another worker looks: an advisory lock that lived in its connection
tells that it is gone.
"""

import logging
import random
import select
import time
from contextlib import contextmanager, nullcontext, suppress

import psycopg2

from odoo import SUPERUSER_ID, api, sql_db
from odoo.tools import SQL

from .cron_round import get_run_seconds
from .handling import handle_batch
from .lib.batch_size import BATCH_FIRST, BATCH_MAX, fit
from .lib.flow import URGENT_TIER
from .models import integration_delivery_queries as delivery_queries
from .models import integration_message_queries as queries
from .right_of_way import RightOfWay
from .sending import Sender
from .wake import start_workers
from .work_marker import WorkMarker, take_marker

_logger = logging.getLogger(__name__)

LEASE_SECONDS = 300
LINGER_MIN_SECONDS = 0.5
# A retry that is due soon is waited for; a later one finds the next minute's run.
WAIT_FOR_RETRY_SECONDS = 20
RESCUE_EVERY_SECONDS = 5
# A long backlog of one order key, whose first is handled elsewhere, is not searched for
# others at each notification.
LOOK_BEYOND_EVERY_SECONDS = 1
CALL_PEERS_EVERY_SECONDS = 1
LAST_LOOK_SECONDS = 0.1
SENDING_LOOK_SECONDS = 0.02
FINISHING_LOOK_SECONDS = 0.1
# Between two transactions busy threads have the interpreter to themselves: a round costs
# as much as forty requests, whatever it records.
SENDING_ROUND_SECONDS = 0.04
SENDING_PAUSE_SECONDS = 0.005


class LaneWorker:
    """One run of a lane's worker, on connections of its own."""

    def __init__(self, registry, lane):
        self.registry = registry
        self.dbname = registry.db_name
        self.lane_id = lane.id
        self.worker_count = lane.worker_count
        self.is_urgent = lane.tier == URGENT_TIER
        self.right_of_way = RightOfWay.of_host()
        self.linger_seconds = max(lane.linger_seconds, LINGER_MIN_SECONDS)
        self.number = random.SystemRandom().randrange(1, 2**31 - 1)
        self.sender = Sender(registry, lane.send_threads, self.number)
        self.marker = WorkMarker(self.dbname, self.number)
        self.claim_size = self.batch_size = BATCH_FIRST
        self.next_rescue = self.next_look_beyond = self.next_call = 0.0
        self.is_look_put_off = False
        self.processed = 0

    def run(self):
        """Work until the lane is empty and the lingering is over, or time is up."""
        deadline = time.monotonic() + get_run_seconds()
        with self._making_room(), self._session() as cr:
            try:
                if not self._work_once(cr):
                    self._warm_up()
                while time.monotonic() < deadline:
                    if not self._work_once(cr) and not self._linger(cr, deadline):
                        break
                self._let_finish(cr)
                unfinished = time.monotonic() >= deadline
                if not unfinished:
                    unfinished = self._go_to_sleep(cr)
                    self._let_finish(cr)
            finally:
                self.sender.finish()
                self.marker.close()
        if unfinished:
            # Another run, after other scheduled actions had theirs.
            start_workers(self.dbname, [self.lane_id])
        return self.processed

    def _making_room(self):
        """Return a context in which what is urgent goes first."""
        return nullcontext() if self.is_urgent else self.right_of_way.giving()

    @contextmanager
    def _session(self):
        """A connection that listens, and whose locks say that this worker lives."""
        cr = sql_db.db_connect(self.dbname).cursor()
        try:
            # A listener first of all: what is committed from here on is heard.
            channel = SQL.identifier(queries.WAKE_CHANNEL % self.lane_id)
            cr.execute(SQL("LISTEN %s", channel))
            cr.execute(
                SQL(
                    "SELECT pg_advisory_lock_shared(%s, %s), pg_advisory_lock(%s, %s)",
                    queries.LOCK_AWAKE,
                    self.lane_id,
                    delivery_queries.LOCK_WORKER,
                    self.number,
                )
            )
            cr.commit()  # locks and listening belong to the session, not to this
            yield cr
            # The connection goes back into the pool without either.
            cr.execute("UNLISTEN *")
            cr.execute("SELECT pg_advisory_unlock_all()")
            cr.commit()
        except BaseException:
            # Whatever state it is in, nobody else may inherit it.
            cr._cnx.close()
            raise
        finally:
            with suppress(psycopg2.Error):
                cr.close()

    def _warm_up(self):
        """Read what handling reads: in a new process all of it would wait for it."""
        with self.registry.cursor() as cr:
            delivery_queries.hold(cr, [], self.number)

    def _go_to_sleep(self, cr):
        """Let senders know that nobody is awake, then look around once more.

        Who found this worker awake a moment ago may commit only now.

        :returns: whether there is work left.
        """
        cr.execute(
            SQL(
                "SELECT pg_advisory_unlock_shared(%s, %s)",
                queries.LOCK_AWAKE,
                self.lane_id,
            )
        )
        cr.commit()  # as _session: the lock is the session's
        select.select([cr._cnx], [], [], LAST_LOOK_SECONDS)
        self.next_look_beyond = 0.0
        return self._work_once(cr)

    def _let_finish(self, cr):
        """Wait for requests that are under way; who comes in meanwhile is served.

        That takes no longer than a request may, see ``Channel``.
        """
        if not self.sender.in_flight:
            return
        self.sender.stop()
        while self.sender.in_flight:
            self._rescue(cr)
            inbound, _none = self._claim(cr, capacity=0)
            self._handle(inbound)
            self.processed += len(inbound)
            if not self.sender.record() and not inbound:
                self._hear(cr._cnx, FINISHING_LOOK_SECONDS)

    def _work_once(self, cr):
        """Claim and work off one batch. Returns whether there was anything to do."""
        self.is_look_put_off = False
        capacity = self.sender.capacity()
        inbound, outbound = self._claim(cr, capacity)
        self.sender.submit(outbound)
        if len(inbound) >= self.claim_size or 0 < capacity <= len(outbound):
            self._call_peers(cr)
        self._handle(inbound)
        if not inbound:
            self._let_send(cr)
        self.sender.record()
        self.processed += len(inbound) + len(outbound)
        # Last: what woke this worker does not wait for what others left behind.
        rescued = self._rescue(cr)
        return bool(inbound or outbound or rescued)

    def _let_send(self, cr):
        """Leave the interpreter to the threads while enough waits for them."""
        until = time.monotonic() + SENDING_ROUND_SECONDS
        while self.sender.is_busy and time.monotonic() < until:
            if self._hear(cr._cnx, SENDING_PAUSE_SECONDS):
                break

    def _handle(self, delivery_ids):
        """Handle in batches that grow while they succeed and start anew when not."""
        if not delivery_ids:
            return
        if self.is_urgent:
            self.right_of_way.take()
        begin, position = time.monotonic(), 0
        while position < len(delivery_ids):
            chunk = delivery_ids[position : position + self.batch_size]
            position += len(chunk)
            succeeded = handle_batch(self.registry, chunk, self.number, self.marker)
            self.batch_size = min(self.batch_size * 2, BATCH_MAX) if succeeded else 1
        self.marker.set(0)
        if self.is_urgent:
            self.right_of_way.leave()
        self.claim_size = fit(
            self.claim_size, len(delivery_ids), time.monotonic() - begin
        )

    def _claim(self, cr, capacity):
        """Claim what to handle, and so many requests to send. Returns the ids of both."""
        with self._read_committed(cr):
            inbound = self._claim_due(cr, "in", self.claim_size)
            outbound = capacity and self._claim_due(
                cr, "out", capacity, max_per_endpoint=self.sender.max_per_endpoint
            )
            if inbound or outbound:
                # Rules that changed since the last batch hold for this one.
                self.registry = self.registry.check_signaling(cr)
                self.sender.registry = self.registry
        return inbound, outbound or []

    def _claim_due(self, cr, direction, limit, max_per_endpoint=None):
        return delivery_queries.claim(
            cr,
            self.lane_id,
            self.number,
            direction=direction,
            limit=limit,
            lease_seconds=LEASE_SECONDS,
            max_per_endpoint=max_per_endpoint,
            may_look_beyond=self._may_look_beyond,
        )

    def _may_look_beyond(self):
        """Tell whether to look at all that is due; if not, it is done a moment later."""
        now = time.monotonic()
        if now < self.next_look_beyond:
            self.is_look_put_off = True
            return False
        self.next_look_beyond = now + LOOK_BEYOND_EVERY_SECONDS
        return True

    def _call_peers(self, cr):
        """Start the lane's other workers: there is more than this one takes on.

        Who sends is content to find one worker awake; the others would sleep on.
        """
        now = time.monotonic()
        if self.worker_count == 1 or now < self.next_call:
            return
        self.next_call = now + CALL_PEERS_EVERY_SECONDS
        with self._read_committed(cr):
            awake = delivery_queries.count_awake(cr, self.lane_id)
        if awake < self.worker_count:
            start_workers(self.dbname, [self.lane_id])

    def _rescue(self, cr):
        """Give back what dead workers had claimed. Returns whether there was any."""
        if time.monotonic() < self.next_rescue:
            return False
        self.next_rescue = time.monotonic() + RESCUE_EVERY_SECONDS
        with self._read_committed(cr):
            abandoned = delivery_queries.take_over(
                cr, self.lane_id, self.number, LEASE_SECONDS
            )
        if abandoned:
            _logger.warning(
                "Lane %s: %s deliveries rescued", self.lane_id, len(abandoned)
            )
            self._give_back(abandoned)
        return bool(abandoned)

    def _give_back(self, abandoned):
        workers = {worker for _delivery_id, worker in abandoned}
        suspects = {take_marker(self.dbname, worker) for worker in workers}
        with self.registry.cursor() as cr:
            # The work list is the engine's; nothing of it is run here, only given back.
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["integration.delivery"].browse(
                [delivery_id for delivery_id, _worker in abandoned]
            )._rescue(suspects)
            env.flush_all()
            cr.commit()  # from here on others may claim it

    @contextmanager
    def _read_committed(self, cr):
        """One short transaction that sees what others committed a moment ago.

        It does not wait for the disk: should PostgreSQL itself die, what was claimed
        waits again, and what came of it had to be on the disk after the claim.
        """
        queries.begin_briefly(cr)
        try:
            yield
        except psycopg2.Error:
            cr.rollback()
            raise
        cr.commit()  # the claim must survive whatever happens to this worker

    def _linger(self, cr, deadline):
        """Wait for more. Returns False when it is time to sleep."""
        with self._read_committed(cr):
            until_due = delivery_queries.seconds_until_due(cr, self.lane_id)
        now = time.monotonic()
        patience_end = min(now + self.linger_seconds, deadline)
        due_at = deadline
        if until_due is not None and until_due < WAIT_FOR_RETRY_SECONDS:
            due_at = min(now + max(until_due, 0.01), deadline)
            patience_end = max(patience_end, due_at)
        if self.is_look_put_off:
            due_at = min(due_at, max(self.next_look_beyond, now + 0.01))
            patience_end = max(patience_end, due_at)
        while True:
            if self.sender.record():
                return True
            now = time.monotonic()
            if now >= due_at:
                return now < deadline
            if now >= patience_end and not self.sender.in_flight:
                return False
            # With requests in flight, look often whether one has come back.
            pause = SENDING_LOOK_SECONDS if self.sender.in_flight else due_at - now
            pause = min(
                pause, due_at - now, max(patience_end - now, SENDING_LOOK_SECONDS)
            )
            if self._hear(cr._cnx, pause):
                return True

    def _hear(self, connection, seconds):
        """Wait for a notification. Returns whether one came."""
        readable, _writable, _failed = select.select([connection], [], [], seconds)
        if not readable:
            return False
        connection.poll()
        heard = bool(connection.notifies)
        connection.notifies.clear()
        return heard
