"""The agent's own folder: for one agent at a time, with the token of local programs."""

import fcntl
import secrets
from pathlib import Path
from typing import IO

from .alarms import Alarms
from .durable import write_durably
from .errors import AgentError

TOKEN_LENGTH_MIN = 16


def lock_folder(folder: Path) -> IO[str]:
    """Make sure that nobody else works on a folder, for as long as the file is open.

    :raises AgentError: when somebody does.
    """
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise AgentError(f"Another agent works on {folder}.") from error
    return file


def read_token(file: Path, alarms: Alarms, *, is_given: bool) -> str:
    """Return the token that local programs send; made when there is none.

    What a power cut left of one is replaced, and an alarm says so: programs that keep a
    copy of it have to read it again.

    :param is_given: a person named the file: too short a token in it is theirs to mend.
    :raises AgentError: when the token cannot be read or written, or is too short.
    """
    try:
        token = _read_text(file)
        if token is not None and _is_token(token):
            return token
        if token and is_given and not _is_damaged(token):
            detail = f"{file}: a token has {TOKEN_LENGTH_MIN} characters at least."
            raise AgentError(detail)
        if token is not None:
            alarms.set("token", f"{file} was damaged and holds a new token since.")
        token = secrets.token_urlsafe(32)
        write_durably(file, token + "\n")
    except OSError as error:
        raise AgentError(f"{file}: {error}") from error
    return token


def _read_text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _is_token(text: str) -> bool:
    return len(text) >= TOKEN_LENGTH_MIN and not _is_damaged(text)


def _is_damaged(text: str) -> bool:
    # A power cut may leave nothing but NULs of the right length.
    return not text.isprintable() or "\ufffd" in text
