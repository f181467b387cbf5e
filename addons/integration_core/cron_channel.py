"""The way to Odoo's cron processes: all of them listen in the database ``postgres``."""

import os
import threading
import time

import psycopg2

from odoo import sql_db

# A firewall may have forgotten what was idle for longer, and would swallow what is sent.
IDLE_SECONDS = 300


class CronChannel:
    """A connection that is kept, one per process.

    Odoo's pool keeps none to this database, and connecting takes longer than all else
    that starts a worker.
    """

    def __init__(self):
        self._threads = threading.Lock()
        self._connection = None
        self._process = None
        self._used_at = 0.0

    def notify(self, dbname):
        """Have the cron processes look for scheduled actions of a database.

        :raises psycopg2.Error: when PostgreSQL cannot be reached.
        """
        with self._threads:
            if not self._is_usable():
                self._connect()
            try:
                self._send(dbname)
            except psycopg2.Error:
                # PostgreSQL was started anew meanwhile.
                self._connect()
                self._send(dbname)

    def _is_usable(self):
        """Tell whether the connection is there, and not that of a parent process."""
        return (
            self._connection is not None
            and self._process == os.getpid()
            and time.monotonic() - self._used_at < IDLE_SECONDS
        )

    def _connect(self):
        _name, parameters = sql_db.connection_info_for("postgres")
        # Left to itself what was there closes, but for a parent's, which stays open.
        self._connection = psycopg2.connect(**parameters)
        self._connection.autocommit = True
        self._process = os.getpid()

    def _send(self, dbname):
        with self._connection.cursor() as cr:
            cr.execute("SELECT pg_notify('cron_trigger', %s)", (dbname,))
        self._used_at = time.monotonic()
