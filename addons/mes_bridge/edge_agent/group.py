"""Group commit: what several threads hand over at the same time is written at once."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
WAIT_MAX_SECONDS = 0.002


class _Place(Generic[Item]):
    """One who waits. ``turn`` is released when it is written, or when it is to lead."""

    __slots__ = ("is_done", "item", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.turn = threading.Lock()
        self.turn.acquire()


class Group(Generic[Item]):
    """Whoever comes first writes for all who have come by then.

    :param write: writes all of them; keeps its errors in the items.
    """

    def __init__(self, write: Callable[[list[Item]], None]) -> None:
        self._write = write
        self._places: list[_Place[Item]] = []
        self._is_led = False
        self._lock = threading.Lock()
        self._company, self._seconds = 1, 0.0

    def run(self, item: Item) -> None:
        """Return when the item is written."""
        place = _Place(item)
        with self._lock:
            self._places.append(place)
            leads, self._is_led = not self._is_led, True
        if not leads:
            place.turn.acquire()
        if not place.is_done:
            self._lead()

    def _lead(self) -> None:
        # A commit takes the disk so long that a part of it, spent on waiting for those
        # who came along last time, saves whole ones.
        if len(self._places) < self._company:
            time.sleep(min(self._seconds / 4, WAIT_MAX_SECONDS))
        with self._lock:
            places, self._places = self._places, []
        self._company = max(len(places), self._company - 1)
        begin = time.perf_counter()
        try:
            self._write([place.item for place in places])
        finally:
            self._seconds = time.perf_counter() - begin
            self._hand_over(places)

    def _hand_over(self, places: list[_Place[Item]]) -> None:
        with self._lock:
            heir = self._places[0] if self._places else None
            self._is_led = heir is not None
        for place in places:
            place.is_done = True
            place.turn.release()
        if heir:
            heir.turn.release()
