"""``--simulate``: a small plant that reports, for trying out and for demonstrations.

Two presses. Each works on an order: it starts, consumes, reports good parts, and ends;
meanwhile its signals come a hundred a second.
"""

import itertools
import logging
import math
import random
import threading
from typing import Any

from .agent import Agent

CYCLE_SECONDS = 2.0
REPORT_EVERY = 5
ORDER_QUANTITY = 50
SAMPLES_PER_SECOND = 100
PRESSES = ("Press 1", "Press 2")

_logger = logging.getLogger(__name__)


class Plant:
    """Plays into an agent as programs of a line would.

    :param speed: how many times faster than the real thing.
    :param orders: references of orders that were released to the shop floor.
    """

    def __init__(self, agent: Agent, speed: float, orders: list[str]) -> None:
        self._agent, self._speed = agent, max(speed, 0.01)
        self._orders = itertools.cycle(orders or ["MES/SIM-1", "MES/SIM-2"])
        self._random = random.Random(7)
        self._lock = threading.Lock()

    def start(self, stop: threading.Event) -> None:
        """Begin; it ends with the event."""
        for press in PRESSES:
            for play in (self._produce, self._measure):
                threading.Thread(target=play, args=(press, stop), daemon=True).start()

    def _produce(self, press: str, stop: threading.Event) -> None:
        while not stop.is_set():
            with self._lock:
                order = next(self._orders)
            self._report("production.operation.started", order, work_centre=press)
            for made in range(REPORT_EVERY, ORDER_QUANTITY + 1, REPORT_EVERY):
                if stop.wait(CYCLE_SECONDS * REPORT_EVERY / self._speed):
                    return
                self._report(
                    "production.consumed",
                    order,
                    item="RESIN",
                    quantity=REPORT_EVERY * 2.0,
                    unit="KGM",
                    cumulative=made * 2.0,
                )
                self._report(
                    "production.reported",
                    order,
                    quantity=REPORT_EVERY,
                    unit="EA",
                    cumulative=made,
                )

    def _measure(self, press: str, stop: threading.Event) -> None:
        interval = 1 / SAMPLES_PER_SECOND
        for number in itertools.count():
            if stop.wait(interval / min(self._speed, 10)):
                return
            seconds = number * interval
            swing = 3 * math.sin(seconds / 20) + self._random.gauss(0, 0.2)
            take = self._agent.signals.take_sample
            take(press, "temperature", 180 + swing)
            if number % int(SAMPLES_PER_SECOND * CYCLE_SECONDS) == 0:
                take(press, "cycles", seconds // CYCLE_SECONDS)

    def _report(self, contract: str, order: str, **data: Any) -> None:
        event = {"type": contract, "subject": order, "data": {"order": order} | data}
        try:
            self._agent.intake.take([event])
        except Exception as error:  # as a program of a line would, it goes on
            _logger.warning("The plant's report was not taken: %s", error)
