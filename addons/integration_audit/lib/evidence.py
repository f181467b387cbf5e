"""Evidence: files that anybody can check with standard tools, without this software.

``SHA256SUMS`` lists the files' digests; its Ed25519 signature and the public key stand
beside it. The private key is derived from the seal key, so it is as well kept.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SUMS, SIGNATURE, PUBLIC_KEY = "SHA256SUMS", "SHA256SUMS.sig", "public_key.pem"
README = """\
Evidence from an Odoo integration log.

To check it, in this folder:

    sha256sum -c SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin \\
        -in SHA256SUMS -sigfile SHA256SUMS.sig

The first says that no file was changed since the list was made, the second that the list
was signed with the key named here. Compare the fingerprint of the key with the one that
the company gave you on another way:

    {fingerprint}
"""


def derive_key(seal_key: bytes) -> Ed25519PrivateKey:
    """Return the signing key that belongs to a seal key: always the same."""
    hkdf = HKDF(SHA256(), 32, salt=None, info=b"integration evidence, Ed25519")
    return Ed25519PrivateKey.from_private_bytes(hkdf.derive(seal_key))


def get_fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key, in hex, in groups of eight."""
    digest = hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    text = digest.hexdigest()
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))


def build_archive(files: Mapping[str, bytes], seal_key: bytes) -> bytes:
    """Return a ZIP of the files, with their sums, signed.

    :param files: ``{name: content}``
    """
    key = derive_key(seal_key)
    public = key.public_key()
    readme = README.format(fingerprint=get_fingerprint(public))
    content = {**files, "README.txt": readme.encode()}
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in sorted(content.items())
    ).encode()
    content |= {
        SUMS: sums,
        SIGNATURE: key.sign(sums),
        PUBLIC_KEY: public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(name, data)
    return buffer.getvalue()


def find_faults(archive: bytes, public: Ed25519PublicKey) -> list[str]:
    """Return what is wrong with an archive, as names of files; empty when it is whole."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    try:
        public.verify(content.get(SIGNATURE, b""), content.get(SUMS, b""))
    except InvalidSignature:
        return [SIGNATURE]
    listed = dict(
        line.split("  ", 1)[::-1] for line in content[SUMS].decode().splitlines()
    )
    present = content.keys() - {SUMS, SIGNATURE, PUBLIC_KEY}
    return sorted(
        name
        for name in listed.keys() | present
        if hashlib.sha256(content.get(name, b"")).hexdigest() != listed.get(name)
    )
