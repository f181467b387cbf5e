import base64
import hashlib
import os
import socket
import threading

import paramiko

from odoo.exceptions import ValidationError

from .common import FeedCase

USER, PASSWORD = "plant", "password-of-the-plant"


class Account(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        fits = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Handle(paramiko.SFTPHandle):
    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class Files(paramiko.SFTPServerInterface):
    """A real SFTP server over a folder."""

    root = ""
    may_make = True

    def _at(self, path):
        return self.root + self.canonicalize(path)

    def _try(self, action, *arguments):
        try:
            return action(*arguments)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def list_folder(self, path):
        def read():
            names = os.listdir(self._at(path).encode("utf-8", "surrogateescape"))
            return [self._name(path, name) for name in names]

        return self._try(read)

    def _name(self, path, raw):
        where = os.path.join(self._at(path).encode("utf-8", "surrogateescape"), raw)
        found = self._describe(where)
        found.filename = raw  # as it is, whatever its encoding
        return found

    def _describe(self, path, name=None):
        return paramiko.SFTPAttributes.from_stat(os.lstat(path), name)

    def stat(self, path):
        return self._try(self._describe, self._at(path))

    lstat = stat

    def open(self, path, flags, attr):
        def open_file():
            descriptor = os.open(self._at(path), flags, 0o600)
            mode = "wb" if flags & os.O_WRONLY else "rb"
            handle = Handle(flags)
            handle.readfile = handle.writefile = os.fdopen(descriptor, mode)
            return handle

        return self._try(open_file)

    def rename(self, oldpath, newpath):
        result = self._try(os.rename, self._at(oldpath), self._at(newpath))
        return paramiko.SFTP_OK if result is None else result

    def mkdir(self, path, attr):
        if not self.may_make:
            return paramiko.SFTP_PERMISSION_DENIED
        result = self._try(os.mkdir, self._at(path))
        return paramiko.SFTP_OK if result is None else result


class AnyNames(paramiko.SFTPServer):
    """As servers are that know names as bytes."""

    def _process(self, kind, number, message):
        message.get_text = lambda: message.get_string().decode("utf-8", "surrogateescape")
        return super()._process(kind, number, message)


class Server:
    """Serves a folder until it is closed."""

    def __init__(self, root):
        self.key = paramiko.ECDSAKey.generate()
        self.files = type("FilesHere", (Files,), {"root": str(root)})
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.transports = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def fingerprint(self):
        digest = hashlib.sha256(self.key.asbytes()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def _serve(self):
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler(
                "sftp", AnyNames, self.files
            )
            transport.start_server(server=Account())
            self.transports.append(transport)

    def close(self):
        self.socket.close()
        for transport in self.transports:
            transport.close()


class TestSftp(FeedCase):
    """The same over SFTP, with a server whose key is known."""

    def setUp(self):
        super().setUp()
        self.server = Server(self.folder)
        self.addCleanup(self.server.close)
        self.allow_loopback()
        self.credential = self.env["integration.credential"].create(
            {
                "system_id": self.system.id,
                "kind": "bearer",
                "usage": "out",
                "secret": PASSWORD,
            }
        )

    def create_sftp(self, **values):
        return self.create_source(
            **{
                "kind": "sftp",
                "path": ".",
                "host": "127.0.0.1",
                "port": self.server.port,
                "user": USER,
                "credential_id": self.credential.id,
                "fingerprint": self.server.fingerprint,
                **values,
            }
        )

    def test_files_are_taken_in_and_archived(self):
        source = self.create_sftp()
        self.drop("a.csv", "text\none\ntwo\n")
        self.run_feed(source)
        self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["one", "two"])
        self.assertEqual((self.names(), len(self.names("archive"))), ([], 1))

    def test_a_bad_file_gets_its_report_over_there(self):
        source = self.create_sftp()
        self.drop("a.csv", b"text\n\xff\xfe\n")
        self.run_feed(source)
        self.assertEqual(len(self.names("error")), 2)
        self.assertIn("is not utf-8", source.pickup_ids.error)

    def fail_once(self, source):
        with self.assertLogs("odoo.addons.integration_file", "WARNING") as logs:
            self.run_feed(source)
        self.assertNotIn(PASSWORD, "".join(logs.output))
        return source.last_error

    def test_a_server_with_another_key_is_not_spoken_to(self):
        source = self.create_sftp(fingerprint="SHA256:somebodyelse")
        self.assertIn("is not the one that is known", self.fail_once(source))

    def test_a_wrong_password_says_so_and_is_in_no_log(self):
        self.credential.secret = "wrong-" + "x" * 32
        self.assertIn("Authentication failed", self.fail_once(self.create_sftp()))

    def test_addresses_inside_must_be_allowed(self):
        self.env["integration.allowed.network"].search([]).unlink()
        self.assertIn("not permitted", self.fail_once(self.create_sftp()))

    def test_trying_the_connection_counts_what_is_there(self):
        self.drop("a.csv", "text\none\n")
        action = self.create_sftp().action_test()
        self.assertIn("1 files", action["params"]["message"])
        with self.assertRaises(ValidationError):
            self.create_sftp(fingerprint="SHA256:other").action_test()

    def test_a_server_that_lets_us_make_no_folder_says_so(self):
        """Its answer is the same as when somebody else has taken the file."""
        self.server.files.may_make = False
        self.drop("a.csv", "text\none\n")
        self.assertIn("make it there", self.fail_once(self.create_sftp()))

    def test_a_name_in_another_encoding_keeps_no_file_from_its_turn(self):
        source = self.create_sftp()
        name = "Stückliste.csv".encode("latin-1").decode("utf-8", "surrogateescape")
        self.drop(name, "text\none\n")
        self.drop("b.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertFalse(source.last_error)
        self.assertEqual(sorted(self.texts()), ["one", "two"])
        self.assertEqual(len(self.names("archive")), 2)

    def test_a_very_long_name_keeps_no_file_from_its_turn(self):
        source = self.create_sftp()
        self.drop("a" * 251 + ".csv", "text\none\n")
        self.drop("b.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["one", "two"])

    def test_a_host_that_can_be_none_is_refused_in_words(self):
        for host, port in (("plant..example", 22), ("127.0.0.1", 70_000)):
            with self.subTest(host=host, port=port), self.assertRaises(ValidationError):
                self.create_sftp(host=host, port=port).action_test()

    def test_sftp_without_the_key_of_the_server_is_refused(self):
        with self.assertRaises(ValidationError):
            self.create_sftp(fingerprint=False)
