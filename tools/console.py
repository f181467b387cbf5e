"""What the commands say to the person who started them."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

SHOW_AFTER_SECONDS = 2


class Problem(Exception):
    """Something the person can put right; its text says how."""


@contextlib.contextmanager
def progress(title: str) -> Iterator[None]:
    """Print ``title`` and keep showing the seconds while the block runs."""
    start = time.monotonic()
    finished = threading.Event()
    live = sys.stderr.isatty()
    say(f"{title} …")

    def tick() -> None:
        interval = 1 if live else 20
        while not finished.wait(interval):
            seconds = int(time.monotonic() - start)
            if live:
                sys.stderr.write(f"\r  … {seconds} s ")
                sys.stderr.flush()
            else:
                say(f"  … {title}: {seconds} s")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        finished.set()
        ticker.join()
        if live:
            sys.stderr.write("\r")
        seconds = time.monotonic() - start
        if seconds >= SHOW_AFTER_SECONDS:
            say(f"  {title}: {seconds:.0f} s")


def say(text: str) -> None:
    """Write one line of account to standard error (standard output is for results)."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
