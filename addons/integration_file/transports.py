"""Where files come from: a folder of this machine, or SFTP.

| class | responsibility |
|---|---|
| `FolderTransport` | files below one of the folders that the configuration allows |
| `SftpTransport` | files of a server whose key is known |

Both pick a file up by renaming it: of two that try, one succeeds, and what a crash
leaves in the folder of what was picked up is found again. Whoever may put files may also
exchange them at any moment: what a listing said is looked at again.
"""

import base64
import contextlib
import errno
import fnmatch
import hashlib
import io
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import paramiko

from odoo.addons.integration_core.lib.addresses import is_permitted

TIMEOUT_SECONDS = 30
# Longer names there are none: a file whose name is too long for another one beside it has
# none beside it. SFTP has no word for that.
NAME_MAX_BYTES = 255


class TransportError(Exception):
    """The source cannot be reached or used; the text tells why, without secrets."""


@dataclass(frozen=True)
class Entry:
    """A file that may be picked up.

    :param modified_at: unix time, in seconds.
    """

    name: str
    size: int
    modified_at: int


class FolderTransport:
    """:param roots: the folders below which files may be at all."""

    def __init__(self, path, roots):
        self.path = Path(path).resolve()
        if not any(self.path.is_relative_to(Path(root).resolve()) for root in roots):
            raise TransportError(
                f"{path} is not below a folder of integration_file_roots in odoo.conf."
            )
        if not self.path.is_dir():
            raise TransportError(f"There is no folder {path}.")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def list(self, folder, pattern):
        """Return the entries of a subfolder whose names fit a pattern, by name."""
        place = self._at(folder)
        entries = []
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            # A link could lead anywhere.
            if file.is_symlink() or not file.is_file():
                continue
            if fnmatch.fnmatchcase(file.name, pattern):
                with contextlib.suppress(FileNotFoundError):  # it left meanwhile
                    entries.append(_describe(file.name, file.lstat()))
        return entries

    def look(self, folder, name):
        """Return the ``Entry`` of a file as it is now; None when there is none."""
        if _is_too_long(name):
            return None
        try:
            found = (self._at(folder) / name).lstat()
        except FileNotFoundError:
            return None
        return _describe(name, found) if stat.S_ISREG(found.st_mode) else None

    def read_file(self, folder, name, limit):
        """Return the first bytes of a file, one more than the limit at most.

        :raises TransportError: when a link or a pipe has taken the place of the file.
        """
        # A pipe without a writer would keep us waiting.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self._at(folder) / name, flags)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise TransportError(f"{name} is a link, which could lead anywhere.") from error
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise TransportError(f"{name} is no file.")
            return file.read(limit + 1)

    def move(self, folder, name, target, new_name):
        """Rename a file into another subfolder; False when somebody was faster."""
        place = self._at(target)
        place.mkdir(exist_ok=True)
        try:
            os.rename(self._at(folder) / name, place / new_name)
        except FileNotFoundError:
            return False
        return True

    def write_file(self, folder, name, content):
        place = self._at(folder)
        place.mkdir(exist_ok=True)
        (place / name).write_bytes(content)

    def _at(self, folder):
        """Return a subfolder.

        :raises TransportError: when somebody put a link in its place.
        """
        place = self.path / folder
        if folder and place.is_symlink():
            raise TransportError(f"{place} is a link, which could lead anywhere.")
        return place


class SftpTransport:
    """:param fingerprint: ``SHA256:…`` of the server's key, as OpenSSH shows it.
    :param secret: a password, or a private key in PEM or OpenSSH form.
    :param networks: besides the internet; ``ipaddress`` networks.
    """

    def __init__(self, host, port, user, secret, fingerprint, path, networks):
        self.path = PurePosixPath(path or ".")
        self._transport = None
        try:
            self._connect(host, port, user, secret, fingerprint, networks)
        except (OSError, UnicodeError, paramiko.SSHException) as error:
            self.__exit__()
            raise TransportError(f"{host}: {error}") from error
        except TransportError:
            self.__exit__()
            raise

    def _connect(self, host, port, user, secret, fingerprint, networks):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        address = found[0][4][0]
        if not is_permitted(address, networks):
            raise TransportError(f"{host} is {address}, which is not permitted.")
        connection = socket.create_connection((address, port), TIMEOUT_SECONDS)
        self._transport = paramiko.Transport(connection)
        self._transport.banner_timeout = TIMEOUT_SECONDS
        self._transport.start_client(timeout=TIMEOUT_SECONDS)
        digest = hashlib.sha256(self._transport.get_remote_server_key().asbytes())
        seen = "SHA256:" + base64.b64encode(digest.digest()).decode().rstrip("=")
        if seen != fingerprint:
            raise TransportError(
                f"{host} shows the key {seen}, which is not the one that is known."
            )
        if "PRIVATE KEY" in secret:
            self._transport.auth_publickey(user, _read_key(secret))
        else:
            self._transport.auth_password(user, secret)
        self._sftp = _AnyNames.from_transport(self._transport)
        self._sftp.get_channel().settimeout(TIMEOUT_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._transport:
            self._transport.close()

    def _at(self, folder, name=""):
        return str(self.path / folder / name).encode("utf-8", "surrogateescape")

    def list(self, folder, pattern):
        """Return the entries of a subfolder whose names fit a pattern, by name."""
        try:
            found = self._sftp.listdir_attr(self._at(folder))
        except FileNotFoundError:
            if not folder:
                raise TransportError(f"There is no folder {self.path}.") from None
            return []
        return sorted(
            (
                _describe(file.filename, file)
                for file in found
                if stat.S_ISREG(file.st_mode or 0)
                and fnmatch.fnmatchcase(file.filename, pattern)
            ),
            key=lambda entry: entry.name,
        )

    def look(self, folder, name):
        """Return the ``Entry`` of a file as it is now; None when there is none."""
        if _is_too_long(name):
            return None
        try:
            found = self._sftp.lstat(self._at(folder, name))
        except FileNotFoundError:
            return None
        return _describe(name, found) if stat.S_ISREG(found.st_mode or 0) else None

    def read_file(self, folder, name, limit):
        """Return the first bytes of a file, one more than the limit at most."""
        with self._sftp.open(self._at(folder, name), "rb") as file:
            file.prefetch(min(file.stat().st_size or 0, limit + 1))
            return file.read(limit + 1)

    def move(self, folder, name, target, new_name):
        """Rename a file into another subfolder; False when somebody was faster.

        :raises TransportError: when it is the other folder that there is not.
        """
        self._make_folder(target)
        try:
            self._sftp.rename(self._at(folder, name), self._at(target, new_name))
        except FileNotFoundError:
            if not self.look(folder, name):
                return False
            raise TransportError(
                f"The server lets us make no folder {target} in {self.path}: make it there, "
                "or give the user the right to."
            ) from None
        return True

    def write_file(self, folder, name, content):
        self._make_folder(folder)
        with self._sftp.open(self._at(folder, name), "wb") as file:
            file.write(content)

    def _make_folder(self, folder):
        with contextlib.suppress(OSError):  # it is there
            self._sftp.mkdir(self._at(folder))


class _AnyNames(paramiko.SFTPClient):
    """Reads file names as a folder of this machine does: whichever bytes they are."""

    def _request(self, *arguments):
        kind, message = super()._request(*arguments)
        message.get_text = lambda: message.get_string().decode("utf-8", "surrogateescape")
        return kind, message


def _is_too_long(name):
    return len(name.encode("utf-8", "surrogateescape")) > NAME_MAX_BYTES


def _describe(name, found):
    return Entry(name, found.st_size or 0, int(found.st_mtime or 0))


def _read_key(text):
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise TransportError("The private key cannot be read.")
