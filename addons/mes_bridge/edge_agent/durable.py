"""Files that are whole whenever the power goes: the old content, or the new one."""

import os
from pathlib import Path


def write_durably(file: Path, text: str) -> None:
    """Replace a file. Returns when it is on the disk; for its owner only.

    :raises OSError: then it is as it was.
    """
    part = file.with_name(file.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
        output.flush()
        os.fsync(descriptor)
    part.replace(file)
    # The name as well: without it the old file may be back after a power cut.
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
