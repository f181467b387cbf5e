"""Waking lane workers: cheap while one is awake, one trigger when none is.

A worker that works or lingers listens on its lane's channel, so a NOTIFY is all it
takes. Only when nobody is awake is a scheduled action triggered, after the commit, in a
transaction of its own. The scheduled actions also run every minute: a lost notification
delays work, it does not strand it.

| function | for |
|---|---|
| `wake_lanes` | transactions of any length: asks who is awake after the commit |
| `start_after_commit` | admission: it asked in its one statement, just before its commit |
"""

import contextlib
import logging
import time

import psycopg2

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

from .cron_channel import CronChannel
from .models import integration_message_queries as queries

_logger = logging.getLogger(__name__)

# A worker lingers at least this long (worker.LINGER_MIN_SECONDS is longer), so whoever
# comes within it after a trigger finds the worker awake.
TRIGGER_PAUSE_SECONDS = 0.4
# Cron processes that did not come are not called by every message: all of them look.
REMINDER_SECONDS = 5
_last_trigger = {}
_last_notification = {}
_cron_channel = CronChannel()
WAITING_LANES = "integration_core.waiting_lanes"


def wake_lanes(cr, lane_ids):
    """Let the workers of these lanes know, when ``cr`` commits, that there is work."""
    waiting = cr.postcommit.data.setdefault(WAITING_LANES, set())
    if not waiting:
        cr.postcommit.add(lambda: _signal(cr.dbname, waiting))
    waiting.update(lane_ids)


def start_after_commit(cr, asleep):
    """Start, when ``cr`` commits, workers of lanes in which nobody is awake."""
    if asleep:
        cr.postcommit.add(lambda: _trigger(cr.dbname, asleep))


def _signal(dbname, lane_ids):
    try:
        with contextlib.closing(sql_db.db_connect(dbname).cursor()) as cr:
            asleep = queries.signal_lanes(cr, lane_ids)
            cr.commit()  # a notification is sent at commit
    except psycopg2.Error:
        _logger.warning("Lanes %s could not be woken", lane_ids, exc_info=True)
        return
    if asleep:
        _trigger(dbname, asleep)


def _trigger(dbname, lane_ids):
    now = time.monotonic()
    due = [
        lane
        for lane in lane_ids
        if now - _last_trigger.get((dbname, lane), 0) > TRIGGER_PAUSE_SECONDS
    ]
    if not due:
        return
    for lane in due:
        _last_trigger[dbname, lane] = now
    start_workers(dbname, due)


def start_workers(dbname, lane_ids):
    """Have workers of these lanes start as soon as a process is free for them."""
    try:
        # Its own transaction, after the business one. Scheduled actions belong to
        # administrators: whoever causes work may only have these run earlier.
        with Registry(dbname).cursor() as cr:
            # The disk is not waited for: a call that is lost is made up by the next
            # minute's run.
            queries.begin_briefly(cr)
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["integration.lane"].browse(lane_ids)._start_workers()
    except psycopg2.Error:
        # What is committed stays committed; the next minute's run finds the work.
        _logger.warning("Lanes %s could not be woken", lane_ids, exc_info=True)


def is_reminder_due(dbname):
    """Tell whether this process has not called Odoo's cron processes for a while."""
    last = _last_notification.get(dbname)
    return last is None or time.monotonic() - last > REMINDER_SECONDS


def notify_cron_workers(dbname):
    """Let Odoo's cron processes look for scheduled actions to run."""
    _last_notification[dbname] = time.monotonic()
    _cron_channel.notify(dbname)
