import itertools
import json
import threading
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import test_cursor

from odoo.addons.integration_core import intake, shared_throttle
from odoo.addons.integration_core.lib.problems import Problem

from ..models import integration_feed_mixin, integration_poll
from .common import FeedCase, fresh_allowances

PAGE = 2


class Source(BaseHTTPRequestHandler):
    """A real REST source: items with a growing number, some at a time."""

    items = []
    failures = []
    seen = []
    again = None
    size = PAGE
    wait = None
    raw = None
    drips = False

    def do_GET(self):
        since = parse_qs(urlsplit(self.path).query).get("since", ["0"])[0]
        since = int(since) if since.isdigit() else 0
        self.seen.append((since, self.headers.get("Authorization")))
        if self.failures:
            self._answer(self.failures.pop(0), {})
            return
        page = [item for item in self.items if self._number(item) > since][: self.size]
        following = self._number(page[-1]) if page else since
        body = {"data": {"items": page}, "next": following, "again": self.again}
        self._answer(200, body)

    @staticmethod
    def _number(item):
        return item.get("number") or item["id"]

    def _answer(self, status, body):
        content = self.raw if self.raw is not None else json.dumps(body).encode()
        self.send_response(status)
        if self.wait:
            self.send_header("Retry-After", self.wait)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.drips:
            return self._drip(content)
        return self.wfile.write(content)

    def _drip(self, content):
        with suppress(OSError):
            for byte in itertools.cycle(content):
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)

    def log_message(self, *_arguments):
        """Be quiet."""


class TestPoll(FeedCase):
    """A source is asked page by page, and asked on from where it was."""

    def setUp(self):
        super().setUp()
        self.source = type("SourceHere", (Source,), {
            "items": [{"id": n, "text": f"item {n}"} for n in range(1, 6)],
            "failures": [],
            "seen": [],
        })
        server = ThreadingHTTPServer(("127.0.0.1", 0), self.source)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.allow_loopback()
        self.poll = self.env["integration.poll"].create(
            {
                "name": "Items",
                "system_id": self.system.id,
                "contract_id": self.contract.id,
                "url": f"http://127.0.0.1:{server.server_port}/items",
                "items_expression": "data.items",
                "cursor_expression": "next",
                "id_expression": "id",
                "expression": "{text: text}",
            }
        )

    def expect(self, count):
        self.assertEqual(self.texts(), [f"item {n}" for n in range(1, count + 1)])

    def fail_once(self):
        with self.assertLogs("odoo.addons.integration_file", "WARNING"):
            self.run_feed(self.poll)
        return self.poll.last_error

    def test_all_pages_are_taken_in_and_the_cursor_is_kept(self):
        self.run_feed(self.poll)
        self.assertFalse(self.poll.last_error)
        self.expect(5)
        self.assertEqual(self.poll.cursor, "5")
        self.source.items.append({"id": 6, "text": "item 6"})
        self.source.seen.clear()
        self.run_feed(self.poll)
        self.expect(6)
        self.assertEqual(self.source.seen[0][0], 5)

    def test_after_a_failure_it_goes_on_where_it_was(self):
        real, calls = type(self.poll)._fetch, []

        def fetch(poll, session):
            calls.append(1)
            if len(calls) == 2:
                raise ConnectionError("The line is down")
            return real(poll, session)

        with patch.object(type(self.poll), "_fetch", fetch):
            self.assertIn("The line is down", self.fail_once())
        self.expect(2)
        self.assertEqual(self.poll.cursor, "2")
        self.run_feed(self.poll)
        self.expect(5)

    def test_an_allowance_that_ends_with_a_page_loses_nothing_of_it(self):
        for status in (429, 409):
            self.poll.cursor = False
            self.source.items = [
                {"id": f"{status}-{n}", "number": n, "text": f"{status} {n}"}
                for n in range(1, 6)
            ]
            taken = iter([None] * 3 + [Problem(status, "x", "x")])
            with patch.object(intake, "throttle_flow", side_effect=taken):
                self.run_feed(self.poll)
            self.assertIn("goes on by itself", self.poll.last_error)
            self.assertEqual(self.poll.cursor, "2")
            self.run_feed(self.poll)
            self.assertEqual(
                self.texts()[-5:], [f"{status} {n}" for n in range(1, 6)]
            )

    def test_a_page_that_names_its_own_cursor_again_is_no_endless_way(self):
        self.poll.cursor_expression = "again"
        self.source.again = "same"
        self.run_feed(self.poll)
        self.run_feed(self.poll)
        self.assertEqual(self.texts(), ["item 1", "item 2"])
        self.assertLessEqual(len(self.source.seen), 4)

    def test_what_comes_twice_is_taken_in_once(self):
        self.run_feed(self.poll)
        self.poll.cursor = False
        self.run_feed(self.poll)
        self.expect(5)

    def test_an_item_that_cannot_be_kept_does_not_hold_the_cursor(self):
        for number, text in ((2, "\ud800"), (4, "\0"), (5, float("nan"))):
            self.source.items[number - 1]["text"] = text
        self.run_feed(self.poll)
        self.assertFalse(self.poll.last_error)
        self.assertEqual(self.texts(), ["item 1", "item 3"])
        self.assertEqual((self.poll.cursor, self.poll.refused_count), ("5", 3))
        self.assertTrue(self.find_told())

    def test_an_item_that_does_not_fit_the_transformation_is_refused_alone(self):
        self.poll.expression = "{text: join('', text)}"
        for item in self.source.items:
            item["text"] = [item["text"]]
        self.source.items[1]["text"] = 7
        self.run_feed(self.poll)
        self.assertEqual(self.texts(), [f"item {n}" for n in (1, 3, 4, 5)])
        self.assertEqual((self.poll.cursor, self.poll.refused_count), ("5", 1))

    def test_a_source_that_fails_is_told_and_asked_again(self):
        self.source.failures.append(503)
        self.assertIn("answered 503", self.fail_once())
        self.run_feed(self.poll)
        self.assertFalse(self.poll.last_error)
        self.expect(5)

    def test_a_page_that_is_larger_than_the_allowance_is_taken_in_bit_by_bit(self):
        self.system.write({"rate_limit_per_minute": 1, "rate_burst": 2})
        items = [{"id": n, "text": f"item {n}" if n % 3 else "\0"} for n in range(1, 11)]
        self.source.items, self.source.size = items, 10
        now = time.time()
        with (
            fresh_allowances(),
            patch.object(integration_feed_mixin, "CHUNK", 3),
            patch.object(shared_throttle.time, "time", lambda: now),
        ):
            self.run_feed(self.poll)
            self.assertIn("allowance", self.poll.last_error)
            for _time in range(9):
                now += 600
                self.run_feed(self.poll)
        self.assertFalse(self.poll.last_error)
        self.assertEqual(self.texts(), [f"item {n}" for n in (1, 2, 4, 5, 7, 8, 10)])
        self.assertEqual((self.poll.cursor, self.poll.refused_count), ("10", 3))
        self.assertFalse(self.poll.progress)

    def test_a_source_that_asks_to_wait_is_left_alone_so_long(self):
        self.source.failures += [429]
        self.source.wait = "1800"
        self.assertIn("answered 429", self.fail_once())
        self.assertGreaterEqual(
            self.poll.next_at, fields.Datetime.now() + timedelta(minutes=29)
        )
        self.source.failures += [503]
        self.source.wait = "99999999"
        self.fail_once()
        self.assertLessEqual(
            self.poll.next_at, fields.Datetime.now() + timedelta(days=1)
        )

    def test_no_transaction_waits_for_a_source(self):
        """It would keep whoever changes the source from doing so, and vacuum from its work."""
        commit, get = test_cursor.TestCursor.commit, requests.Session.get
        committed, waited = [None], []

        def note_commit(cr):
            commit(cr)
            committed.append(self.env.cr.sql_log_count)

        def note_get(session, *args, **options):
            waited.append(self.env.cr.sql_log_count == committed[-1])
            return get(session, *args, **options)

        with (
            patch.object(test_cursor.TestCursor, "commit", note_commit),
            patch.object(requests.Session, "get", note_get),
        ):
            self.run_feed(self.poll)
        self.expect(5)
        self.assertEqual(set(waited), {True})

    def test_a_source_that_never_ends_its_page_keeps_no_other_waiting(self):
        self.source.drips = True
        begun = time.monotonic()
        with patch.object(integration_poll, "PAGE_MAX_SECONDS", 1):
            self.assertIn("longer than 1 s", self.fail_once())
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_source_may_neither_page_for_ever_nor_answer_nonsense(self):
        self.poll.write({"cursor_expression": "again", "id_expression": False})
        with patch.object(integration_poll, "PAGES_MAX", 3):
            self.source.again = property(lambda _handler: uuid4().hex)
            self.run_feed(self.poll)
        self.assertFalse(self.poll.last_error)
        self.assertEqual((len(self.source.seen), self.texts()), (3, ["item 1", "item 2"]))
        for raw in (b"", b"{", b"\xff", b"[[1]]", b'{"data": 7}', b"[" * 100_000):
            self.source.raw = raw
            with self.assertNoLogs("odoo.addons.integration_file", "ERROR"):
                self.run_feed(self.poll)
        self.assertEqual(self.texts(), ["item 1", "item 2"])

    def test_whoever_waits_longest_is_asked_first(self):
        slow = self.poll.copy({"name": "A slow one", "next_at": fields.Datetime.now()})
        self.poll.next_at = fields.Datetime.now() - timedelta(hours=1)
        asked = []

        def note(feed):
            asked.append(feed.id)

        with patch.object(type(self.poll), "_run_or_note", note), self.no_commits():
            self.env["integration.poll"]._cron_run()
        self.assertLess(asked.index(self.poll.id), asked.index(slow.id))

    def no_commits(self):
        return patch.object(type(self.env["ir.cron"]), "_commit_progress")

    def test_it_proves_itself_with_its_secret(self):
        secret = "secret-of-the-poll-" + "x" * 20
        self.poll.credential_id = self.env["integration.credential"].create(
            {
                "system_id": self.system.id,
                "kind": "bearer",
                "usage": "out",
                "secret": secret,
            }
        )
        self.run_feed(self.poll)
        self.assertEqual({seen[1] for seen in self.source.seen}, {f"Bearer {secret}"})

    def test_addresses_inside_must_be_allowed(self):
        self.env["integration.allowed.network"].search([]).unlink()
        self.assertIn("127.0.0.1", self.fail_once())
        self.assertFalse(self.source.seen)

    def test_what_is_no_expression_is_refused(self):
        with self.assertRaises(ValidationError):
            self.poll.items_expression = "data..items"
