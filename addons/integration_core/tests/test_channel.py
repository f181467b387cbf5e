"""What a receiver may answer, and what a channel makes of it."""

import gzip
import ipaddress
import socket
import threading
import time

from odoo.tests import BaseCase

from ..channel import RESPONSE_MAX_BYTES, Channel, ChannelError

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\n"
ZIPPED = gzip.compress(b"hello" * 10)


class Receiver:
    """A socket that answers each request with what it is told, byte by byte."""

    def __init__(self):
        self.answer = b""
        self.pause_seconds = 0
        self.drips_head = False
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/events?a=1"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self.read_request(stream):
                    if not self.answer:
                        return
                    self.reply(connection)
            except OSError:
                return

    @staticmethod
    def read_request(stream):
        size = 0
        while (line := stream.readline()) not in (b"", b"\r\n"):
            name, _, value = line.lower().partition(b":")
            if name == b"content-length":
                size = int(value)
        stream.read(size)
        return line

    def reply(self, connection):
        if not self.pause_seconds:
            connection.sendall(self.answer)
            return
        head, _, body = self.answer.partition(b"\r\n\r\n")
        dripped = self.answer if self.drips_head else body
        if not self.drips_head:
            connection.sendall(head + b"\r\n\r\n")
        for byte in dripped:
            time.sleep(self.pause_seconds)
            connection.sendall(bytes([byte]))


class TestChannel(BaseCase):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.listener.close)
        self.channel = Channel(self.receiver.url, HERE, 2)
        self.addCleanup(self.channel.close)

    def post(self, answer, timeout_seconds=5):
        self.receiver.answer = answer
        return self.channel.post(b"{}", {"webhook-id": "1"}, timeout_seconds)

    def test_answers_are_read_and_the_connection_is_used_again(self):
        answers = {
            OK + b"Content-Length: 0\r\n\r\n": b"",
            b"HTTP/1.1 204 No Content\r\n\r\n": b"",
            OK + b"Content-Length: 5\r\n\r\nhello": b"hello",
            OK
            + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n": (
                b"hello!"
            ),
            OK
            + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED)
            + ZIPPED: b"hello" * 10,
        }
        for answer, body in answers.items():
            with self.subTest(answer=answer):
                status, _headers, found = self.post(answer)
                self.assertIn(status, (200, 204))
                self.assertEqual(found, body)
        self.assertEqual(self.receiver.connections, 1)

    def test_a_text_that_cannot_be_unpacked_changes_no_answer(self):
        status, _headers, found = self.post(
            OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
        )
        self.assertEqual((status, found), (200, b""))
        self.assertEqual(self.post(OK + b"Content-Length: 0\r\n\r\n")[0], 200)

    def test_names_that_cannot_be_asked_for_are_not_found(self):
        for host in ("a" * 70 + ".example", "a..example"):
            channel = Channel(f"https://{host}/", HERE, 1)
            self.addCleanup(channel.close)
            with self.subTest(host=host), self.assertRaises(ChannelError) as caught:
                channel.post(b"{}", {}, 1)
            self.assertEqual(caught.exception.name, "ConnectionError")

    def test_no_more_is_read_than_is_kept(self):
        size = RESPONSE_MAX_BYTES * 20
        _status, _headers, found = self.post(
            OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        )
        self.assertLess(len(found), 2 * RESPONSE_MAX_BYTES)
        self.post(OK + b"Content-Length: 0\r\n\r\n")
        self.assertEqual(self.receiver.connections, 2)

    def test_who_drips_an_answer_does_not_hold_the_thread(self):
        self.receiver.pause_seconds = 0.2
        start = time.monotonic()
        status, _headers, found = self.post(
            OK + b"Content-Length: 100\r\n\r\n" + b"y" * 100, timeout_seconds=1
        )
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(status, 200)
        self.assertLess(len(found), 100)

    def test_who_drips_headers_does_not_hold_the_thread(self):
        self.receiver.pause_seconds, self.receiver.drips_head = 0.2, True
        start = time.monotonic()
        with self.assertRaises(ChannelError) as caught:
            self.post(OK + b"X-Padding: y\r\n" * 50 + b"\r\n", timeout_seconds=1)
        self.assertEqual(caught.exception.name, "ReadTimeout")
        self.assertLess(time.monotonic() - start, 4)
        self.receiver.pause_seconds = 0
        self.assertEqual(self.post(OK + b"Content-Length: 0\r\n\r\n")[0], 200)

    def test_what_goes_wrong_has_a_name(self):
        for answer, name in (
            (b"hello there\r\n\r\n", "ConnectionError"),
            (b"", "ConnectionError"),
        ):
            with self.subTest(answer=answer), self.assertRaises(ChannelError) as caught:
                self.post(answer)
            self.assertEqual(caught.exception.name, name)
        with self.assertRaises(ChannelError) as caught:
            self.post(OK + b"Content-Length: 9\r\n\r\n", timeout_seconds=0.3)
        self.assertEqual(caught.exception.name, "ReadTimeout")

    def test_addresses_that_are_none(self):
        for url in ("nonsense", "ftp://example.com/", "http://[::1"):
            with self.subTest(url=url), self.assertRaises(ChannelError):
                Channel(url, HERE, 1)
