"""The connection that calls Odoo's cron processes."""

import select
from unittest.mock import patch

import psycopg2

from odoo import sql_db
from odoo.tests import BaseCase

from .. import cron_channel
from ..cron_channel import CronChannel


class TestCronChannel(BaseCase):
    def setUp(self):
        super().setUp()
        self.listener = self.connect()
        self.execute("LISTEN cron_trigger")
        self.channel = CronChannel()

    def connect(self):
        """Connect to where cron processes listen. Returns the connection."""
        connection = psycopg2.connect(**sql_db.connection_info_for("postgres")[1])
        self.addCleanup(connection.close)
        connection.autocommit = True
        return connection

    def execute(self, statement, *values):
        with self.listener.cursor() as cr:
            cr.execute(statement, values)

    def call(self):
        """Call for a database. Returns the number of the session that called."""
        name = "a_database_of_this_test"
        self.channel.notify(name)
        while True:
            # Others may call here at the same time.
            for heard in self.listener.notifies:
                if heard.payload == name:
                    self.listener.notifies.clear()
                    return heard.pid
            readable, _w, _f = select.select([self.listener], [], [], 10)
            self.assertTrue(readable, "Nothing was heard")
            self.listener.poll()

    def test_one_connection_serves_all_calls(self):
        self.assertEqual(self.call(), self.call())

    def test_a_call_goes_through_after_the_connection_died(self):
        first = self.call()
        self.execute("SELECT pg_terminate_backend(%s, 10000)", first)
        self.assertNotEqual(self.call(), first)

    def test_what_was_idle_for_long_is_not_trusted(self):
        first = self.call()
        with patch.object(cron_channel, "IDLE_SECONDS", 0):
            self.assertNotEqual(self.call(), first)

    def test_a_child_does_not_speak_on_its_parents_connection(self):
        first = self.call()
        with patch.object(cron_channel.os, "getpid", return_value=0):
            self.assertNotEqual(self.call(), first)

    def test_the_caller_learns_that_postgresql_is_gone(self):
        with (
            patch.object(psycopg2, "connect", side_effect=psycopg2.OperationalError),
            self.assertRaises(psycopg2.OperationalError),
        ):
            self.channel.notify("a_database_of_this_test")
