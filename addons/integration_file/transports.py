"""Where files come from: a folder of this machine, or SFTP.

| class | responsibility |
|---|---|
| `FolderTransport` | files below one of the folders that the configuration allows |
| `SftpTransport` | files of a server whose key is known |

Both pick a file up by renaming it into ``.picked``: of two that try, one succeeds, and
what a crash leaves there is found again.
"""

import base64
import contextlib
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

PICKED = ".picked"
TIMEOUT_SECONDS = 30


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
                found = file.stat()
                entries.append(Entry(file.name, found.st_size, int(found.st_mtime)))
        return entries

    def read_file(self, folder, name):
        return (self._at(folder) / name).read_bytes()

    def exists(self, folder, name):
        return (self._at(folder) / name).exists()

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
        except (OSError, paramiko.SSHException) as error:
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
        self._sftp = paramiko.SFTPClient.from_transport(self._transport)
        self._sftp.get_channel().settimeout(TIMEOUT_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._transport:
            self._transport.close()

    def _at(self, folder, name=""):
        return str(self.path / folder / name)

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
                Entry(file.filename, file.st_size or 0, int(file.st_mtime or 0))
                for file in found
                if stat.S_ISREG(file.st_mode or 0)
                and fnmatch.fnmatchcase(file.filename, pattern)
            ),
            key=lambda entry: entry.name,
        )

    def read_file(self, folder, name):
        with self._sftp.open(self._at(folder, name), "rb") as file:
            file.prefetch()
            return file.read()

    def exists(self, folder, name):
        try:
            self._sftp.stat(self._at(folder, name))
        except FileNotFoundError:
            return False
        return True

    def move(self, folder, name, target, new_name):
        """Rename a file into another subfolder; False when somebody was faster."""
        self._make_folder(target)
        try:
            self._sftp.rename(self._at(folder, name), self._at(target, new_name))
        except FileNotFoundError:
            return False
        return True

    def write_file(self, folder, name, content):
        self._make_folder(folder)
        with self._sftp.open(self._at(folder, name), "wb") as file:
            file.write(content)

    def _make_folder(self, folder):
        with contextlib.suppress(OSError):  # it is there
            self._sftp.mkdir(self._at(folder))


def _read_key(text):
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise TransportError("The private key cannot be read.")
